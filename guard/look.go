package guard

import (
	"cmp"
	"context"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/guard/pii"
	"wenyuan/guard/reading"
	"wenyuan/guard/rule"
	"wenyuan/store"
	"wenyuan/version"
)

// A Guard is a policy that is ready to look at texts. It may be used from many goroutines.
type Guard struct {
	guards  *Guards
	space   string
	policy  Policy
	version wenyuan.Version
	lines   lines
	rules   *rule.Matcher // nil where no line asks for rules
}

// About is what is known of a text beside its words. All of it may be empty.
type About struct {
	Space        string // "": the guard's own
	Principal    string // who asks
	Assistant    string
	Trace        string
	Conversation string
	Question     string                        // for which a passage was retrieved, a tool called, an answer written
	Passage      *wenyuan.Passage              // that the text is
	Passages     []wenyuan.Passage             // that an answer was written from: links to what stands in them are theirs
	Plain        bool                          // an answer is written from no documents: addresses that are seen as what they are may be the model's own
	Prompt       string                        // system prompt: what repeats it at length is a leak
	Canary       string                        // the word that was put into the prompt
	Near         func(question string) float64 // of the fence in the mode corpus: how near a question is to what the corpus speaks of, 0 to 1
	Vault        *pii.Vault                    // for what is covered by hashes and tokens; nil: it is masked
	Keep         bool                          // incidents may keep the text
	Dry          bool                          // nothing is kept

	again bool // it was said before: no fence stands before it

	unseen *Unseen // the text is in no passage; see [Guard.Unseen]
	hash   string  // the fingerprint that the text was kept under; "": its own
}

// Version names the policy that holds.
func (g *Guard) Version() wenyuan.Version { return g.version }

// Policy is the policy with everything filled in.
func (g *Guard) Policy() Policy { return g.policy }

// Record keeps the policy as a version, so that what was decided by it can name it. One that was
// saved is kept already; only the built-in one may not be.
func (g *Guard) Record(ctx context.Context, tx *store.Tx, space string) error {
	if g.policy.Name != DefaultName || len(g.policy.Rules) > 0 {
		return nil
	}
	_, err := version.Put(ctx, tx, space, Kind, g.policy.Name, g.policy)
	return err
}

// Checks says whether the policy looks for anything at a place, so that a road need not do work
// for nothing.
func (g *Guard) Checks(place Place) bool {
	return len(g.lines[place]) > 0 || place == Input && g.policy.Fence.Mode != FenceOff
}

// Look says what is to be done with a text that was met at a place. It asks nobody outside unless
// the policy names whom, and never waits longer than the policy says. What is more than allowed
// is kept as an incident; that it could not be kept does not change the decision. The error is
// that of a ctx that ended.
func (g *Guard) Look(ctx context.Context, place Place, text string, about About) (Decision, error) {
	d, x, err := g.decide(ctx, place, text, about)
	if err != nil {
		return d, err
	}
	g.keep(ctx, &d, x)
	return d, nil
}

// decide is Look without the incident.
func (g *Guard) decide(ctx context.Context, place Place, text string, about About) (Decision, *look, error) {
	x := &look{g: g, ctx: ctx, place: place, raw: text, about: about}
	d, err := x.decide()
	return d, x, err
}

// decide sends the text through the checks.
func (x *look) decide() (d Decision, err error) {
	began := time.Now()
	if x.g.Checks(x.place) {
		if x.memory, err = x.g.guards.learn(x.ctx, x.g.space); err != nil {
			return Decision{Place: x.place, Action: Refuse, Policy: x.g.version}, err
		}
		x.read()
		x.hash = cmp.Or(x.about.hash, x.hash)
		x.check()
		if x.run == nil && x.about.unseen == nil { // of a stream they are asked at its end, of what no model reads not at all
			x.ask()
		}
	}
	if err := x.ctx.Err(); err != nil {
		return Decision{Place: x.place, Action: Refuse, Policy: x.g.version}, err
	}
	d = x.decision()
	d.Took = time.Since(began).Microseconds()
	return d, nil
}

// A look is one text on its way through the checks.
type look struct {
	g      *Guard
	ctx    context.Context
	place  Place
	raw    string
	about  About
	memory *memory

	parts    []part                  // what the costly checks look at: the whole text, or parts of a very long one
	hash     string                  // fingerprint
	hung     bool                    // the verdict hangs on the question, or on somebody outside
	open     bool                    // the text ends within an address that was taken out
	key      bool                    // the text ends within a private key that was taken out
	run      *run                    // of a stream: what is known of what went before
	tail     int                     // bytes of raw that were decided on before; findings that end there are old
	outside  []func() <-chan opinion // who is asked
	telling  string                  // what they are told
	findings []Finding
	edits    []edit
	points   points
}

// A part is a stretch of a text that was read.
type part struct {
	at   int // byte of the whole text
	text *reading.Text
	deep bool // with what is encoded in it
}

// checks are what looks at a text inside the house, in the order in which it is done: first what is
// cheap.
var checks = []struct {
	name string
	look func(*look)
}{
	{Rules, (*look).findRules},
	{Secrets, (*look).findSecrets},
	{CanaryLeak, (*look).findLeak},
	{Links, (*look).findLinks},
	{Abuse, (*look).findAbuse},
	{Injection, (*look).findInjection},
	{Indirect, (*look).findIndirect},
	{Content, (*look).findContent},
	{FenceCheck, (*look).findOutside},
}

// check runs every check that a line names at the place.
func (x *look) check() {
	x.remembered()
	pii := x.g.lines.has(x.place, PII)
	for _, c := range checks {
		if x.g.lines.has(x.place, c.name) || c.name == Secrets && pii || c.name == FenceCheck && x.g.policy.Fence.Mode != FenceOff {
			c.look(x)
		}
	}
}

// maxFindings is how many a decision tells.
const maxFindings = 64

// add takes a finding: it decides what is done with it, and clips what is shown of it.
func (x *look) add(f Finding, how func(pii.How) []edit) {
	a, way := x.g.lines.action(x.place, f)
	if f.Action == "" {
		f.Action = a
	}
	f.Score = min(max(f.Score, 0), 1)
	f.Evidence = shown(f.Evidence, f.Check)
	if f.Action == Mask && how != nil {
		for _, e := range how(way) {
			e.check = f.Check
			x.edits = append(x.edits, e)
		}
	}
	x.findings = append(x.findings, f)
}

// hit takes what a leaf found in a part of the text. mask is what stands in its place where it is
// masked.
func (x *look) hit(check string, p part, h reading.Hit, action Action) {
	f := Finding{Check: check, Layer: h.Layer, Kind: h.Kind, Severity: h.Severity, Score: h.Score, Action: action, Evidence: h.Evidence, Reason: h.Reason}
	start, end := p.at+h.Start, p.at+h.End
	if h.End > 0 {
		if end <= x.tail {
			return
		}
		f.Start, f.End = x.points.of(x.raw, start), x.points.of(x.raw, end)
	}
	x.add(f, func(pii.How) []edit {
		if h.End == 0 {
			return nil
		}
		return []edit{{start: start, end: end, text: covered}}
	})
}

// covered stands where words were masked.
const covered = "***"

// decision puts together what was found.
func (x *look) decision() Decision {
	x.passed()
	slices.SortStableFunc(x.findings, func(a, b Finding) int {
		return cmp.Or(b.Action.rank()-a.Action.rank(), cmp.Compare(b.Score, a.Score), a.Start-b.Start)
	})
	d := Decision{Place: x.place, Action: Allow, Text: x.raw, Policy: x.g.version, Findings: x.findings[:min(len(x.findings), maxFindings)]}
	if d.Findings == nil {
		d.Findings = []Finding{}
	}
	if len(x.findings) > 0 {
		d.Action = x.findings[0].Action
	}
	d.Text = x.masked()
	return d
}

// quiet are the kinds that never stand in evidence.
var quiet = append(kindsWith(func(checked, secret bool) bool { return checked || secret }), "EMAIL_ADDRESS", "PHONE_NUMBER", "PASSPORT", "US_SSN")

// maxEvidence is how many characters of a text a finding shows.
const maxEvidence = 160

// shown is evidence as it may be shown.
func shown(evidence, check string) string {
	if evidence == "" || check == PII || check == Secrets {
		return evidence
	}
	return clip(pii.Covered(clean(clip(evidence, 2*maxEvidence)), quiet...), maxEvidence)
}

// Fence is the fence of the policy.
func (g *Guard) Fence() Fence { return g.policy.Fence }
