package answer

import (
	"context"
	"fmt"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/check"
)

// Bounds on second opinions, which are waited for before a sentence is released.
const (
	maxOpinions    = 12 // of one answer
	longestOpinion = 3 * time.Second
	allOpinions    = 10 * time.Second
	leastKappa     = 0.4 // "moderate" agreement begins here (Landis and Koch, 1977)
	clear          = 0.5 // share from which an opinion says one or the other
)

// An opinion is what the judge thinks of one sentence, for the trace.
type opinion struct {
	Text   string `json:"text"`
	Before string `json:"before"`
	After  string `json:"after"` // the same where the judge is not trusted
	wenyuan.Opinion
	Failed string `json:"failed,omitempty"`
	Took   int64  `json:"took_us"`
}

// opinions are those of one answer.
type opinions struct {
	judge     wenyuan.Judge
	asked     bool
	agreement Agreement
	trusted   bool
	failed    bool
	took      time.Duration
	all       []opinion
}

// secondOpinion asks the assistant's judge about an unverified sentence. It changes the
// verdict only where the judge's agreement with people was measured and is good enough; a
// judge that fails changes nothing and is not asked again for this answer.
func (w *work) secondOpinion(ctx context.Context, d draft, f check.Finding) check.Finding {
	o := &w.opinions
	if w.assistant.Judge == "" || !o.open(ctx, w) {
		return f
	}
	begun := time.Now()
	limited, stop := context.WithTimeout(ctx, longestOpinion)
	defer stop()
	said, err := w.judged(limited, o.judge, w.evidenceOf(d, f), d.text)
	took := time.Since(begun)
	o.took += took
	one := opinion{Text: d.text, Before: string(f.Verdict), Opinion: said, Took: took.Microseconds()}
	switch {
	case err != nil:
		o.failed, one.Failed = true, err.Error()
		w.answerer.Log.Warn("the judge failed", "judge", w.assistant.Judge, "error", err)
	case !o.trusted:
	case said.Entailed >= clear && said.Entailed > said.Contradicted:
		f.Verdict, f.Reason, f.Disagree = wenyuan.Supported, "", nil
	case said.Contradicted >= clear:
		f.Verdict, f.Reason = wenyuan.Unsupported, w.say("The judge "+w.assistant.Judge+" finds that the originals say otherwise.", "评判模型 "+w.assistant.Judge+" 认为原文的说法与此相反。")
	}
	one.After = string(f.Verdict)
	o.all = append(o.all, one)
	return f
}

// judged asks a judge, who is a model like others: what is covered for them is covered for it.
func (w *work) judged(ctx context.Context, judge wenyuan.Judge, evidence, claim string) (wenyuan.Opinion, error) {
	evidence, err := w.told(ctx, evidence)
	if err == nil {
		claim, err = w.told(ctx, claim)
	}
	if err != nil {
		return wenyuan.Opinion{}, err
	}
	return judge.Judge(ctx, evidence, claim)
}

// open says whether the judge may be asked now.
func (o *opinions) open(ctx context.Context, w *work) bool {
	if !o.asked {
		o.asked = true
		if w.answerer.Judges != nil {
			o.judge, _ = w.answerer.Judges(w.scope.Space(), w.assistant.Judge)
		}
		if w.answerer.Trusted != nil {
			o.agreement, o.trusted = w.answerer.Trusted(ctx, w.scope.Space(), w.assistant.Judge)
			o.trusted = o.trusted && o.agreement.Kappa >= leastKappa
		}
		if o.judge == nil {
			w.answerer.Log.Warn("the judge of the assistant is not configured", "judge", w.assistant.Judge)
		}
	}
	return o.judge != nil && !o.failed && len(o.all) < maxOpinions && o.took < allOpinions
}

// evidenceOf is what a judge reads: the originals that a sentence cites, else the nearest one.
func (w *work) evidenceOf(d draft, f check.Finding) string {
	passages := d.passages
	if len(passages) == 0 && f.Best > 0 {
		passages = []int{f.Best - 1}
	}
	var texts []string
	for _, p := range passages {
		texts = append(texts, strings.TrimSpace(strings.Join(w.passages[p].Heading, " › ")+"\n"+w.passages[p].Text))
	}
	if len(texts) == 0 && len(w.passages) > 0 {
		texts = append(texts, w.passages[0].Text)
	}
	return strings.Join(texts, "\n\n")
}

// An opined is what a trace keeps of a judge's opinions.
type opined struct {
	Judge     string     `json:"judge"`
	Trusted   bool       `json:"trusted"`
	Agreement *Agreement `json:"agreement,omitempty"`
	Opinions  []opinion  `json:"opinions"`
}

// record keeps the opinions in the trace.
func (o *opinions) record(w *work) {
	if len(o.all) == 0 {
		return
	}
	counts := "its agreement with people was not measured: they change nothing"
	switch {
	case o.trusted:
		counts = fmt.Sprintf("kappa %.2f with people", o.agreement.Kappa)
	case o.agreement.N > 0:
		counts = fmt.Sprintf("kappa %.2f with people is too little: they change nothing", o.agreement.Kappa)
	}
	w.step("second opinion")(fmt.Sprintf("%d by %s, %s", len(o.all), w.assistant.Judge, counts), opined{w.assistant.Judge, o.trusted, o.measured(), o.all})
}

func (o *opinions) measured() *Agreement {
	if o.agreement.N == 0 {
		return nil
	}
	return &o.agreement
}
