package web

import (
	"cmp"
	"io"
	"math"
	"net/url"
	"slices"
	"strings"
)

// Samples writes what there is to learn from.
func (r *Renderer) Samples(w io.Writer, p SamplesPage) error {
	return r.page(w, "learning_samples", layout{p.Frame, LearningPlace, must(lang(p.Frame), "samples"), p})
}

// Mining writes what people's acts say, and what was ordered of it.
func (r *Renderer) Mining(w io.Writer, p MiningPage) error {
	return r.page(w, "learning_mining", layout{p.Frame, LearningPlace, must(lang(p.Frame), "mining"), p})
}

// Mine writes an order to make pairs.
func (r *Renderer) Mine(w io.Writer, p MinePage) error {
	return r.page(w, "learning_mine", layout{p.Frame, LearningPlace, must(lang(p.Frame), "mining"), p})
}

// MineParts writes what changes on that page while the order is at work, and nothing around it.
func (r *Renderer) MineParts(w io.Writer, p MinePage) error {
	return r.execute(w, lang(p.Frame), "mineparts", p)
}

// Written writes what models were ordered to write.
func (r *Renderer) Written(w io.Writer, p WrittenPage) error {
	return r.page(w, "learning_written", layout{p.Frame, LearningPlace, must(lang(p.Frame), "written"), p})
}

// Write writes an order to a model.
func (r *Renderer) Write(w io.Writer, p WritePage) error {
	return r.page(w, "learning_write", layout{p.Frame, LearningPlace, p.Run.Name, p})
}

// WriteParts writes what changes on that page while the model writes, and nothing around it.
func (r *Renderer) WriteParts(w io.Writer, p WritePage) error {
	return r.execute(w, lang(p.Frame), "writeparts", p)
}

// worded says whether there are words for a name that another room gives. The table is the one list of them.
func worded(key string) bool {
	_, ok := table[key]
	return ok
}

// names are what the table has words for below a prefix.
func names(prefix string) (all []string) {
	for key := range table {
		if name, ok := strings.CutPrefix(key, prefix); ok && name != "" && !strings.Contains(name, ".") {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// Origins, Kinds, States and Languages are what samples are told apart by.
func (SamplesPage) Origins() []string   { return names("set.origin.") }
func (SamplesPage) Kinds() []string     { return names("set.kind.") }
func (SamplesPage) States() []string    { return names("sampled.") }
func (SamplesPage) Languages() []string { return names("set.language.") }

// Query is the filter as an address has it.
func (p SamplesPage) Query() string {
	q := url.Values{}
	for key, value := range map[string]string{"origin": p.Filter.Origin, "kind": p.Filter.Kind, "state": p.Filter.State, "source": p.Filter.Source, "language": p.Filter.Language} {
		if value != "" {
			q.Set(key, value)
		}
	}
	return q.Encode()
}

// Further is the address of what comes behind; "" at the end.
func (p SamplesPage) Further() string {
	if p.Next == "" {
		return ""
	}
	q, _ := url.ParseQuery(p.Query())
	q.Set("after", p.Next)
	return "?" + q.Encode()
}

// LanguageWord is the language of what is written, in words.
func (p WritePage) LanguageWord() string {
	if key := "set.language." + p.Language; worded(key) {
		return must(lang(p.Frame), key)
	}
	return p.Language
}

// bars are amounts under a title.
type bars struct {
	Title string
	All   []Bar
}

// BarsOf are bars over a common measure: the words of each below prefix, or its name.
func BarsOf(prefix, ink string, names []string, n func(string) int) (all []Bar) {
	most := 0
	for _, name := range names {
		a := Bar{Name: name, N: n(name), Ink: ink}
		if worded(prefix + name) {
			a.Key = prefix + name
		}
		all, most = append(all, a), max(most, a.N)
	}
	for i := range all {
		all[i].Most = most
	}
	return all
}

// Measured gives bars a common measure.
func Measured(all []Bar) []Bar {
	most := 0
	for _, a := range all {
		most = max(most, a.N)
	}
	for i := range all {
		all[i].Most = most
	}
	return all
}

// Wide is how much of a bar of 1000 an amount takes.
func (a Bar) Wide() int { return barred(a.N, a.Most) }

func barred(n, of int) int {
	if of == 0 || n == 0 {
		return 0
	}
	return max(1000*n/of, 4) // so that one is seen beside many
}

// Wide and Beside are how much of a bar of 1000 is ready and set aside.
func (s MinedStand) Wide() int   { return barred(s.Ready, s.Most) }
func (s MinedStand) Beside() int { return min(barred(s.Aside, s.Most), 1000-s.Wide()) }

// Total is both.
func (s MinedStand) Total() int { return s.Ready + s.Aside }

// Ink is the mark of a state.
func (r MineRow) Ink() string { return learningInk(r.State) }

// Ink is the mark of a state.
func (r WriteRow) Ink() string { return learningInk(r.State) }

// Percent is how far it is.
func (r WriteRow) Percent() int {
	if r.Rows == 0 {
		return 0
	}
	return min(100, 100*r.Made/r.Rows)
}

// Going says that it waits or is at work, so that its page changes.
func (p MinePage) Going() bool { return going(p.Run.State) }

// Going says that it waits or is at work, so that its page changes.
func (p WritePage) Going() bool { return going(p.Run.State) }

func going(state string) bool {
	return state == "queued" || state == "running" || state == "stopping"
}

// Percent is how far the stage is; what is not known is nothing.
func (p MinePage) Percent() int {
	if p.Of == 0 {
		return 0
	}
	return min(100, 100*p.Done/p.Of)
}

// A Spring is where samples come from: how many there are, and the page on which more are made.
type Spring struct {
	Bar
	Href string // "" none
	Word string // key of what it is called
}

// Springs are all places that samples come from, also those from which none came yet.
func (p LearningPage) Springs() (all []Spring) {
	for _, b := range BarsOf("set.origin.", "", names("set.origin."), func(name string) int { return p.Origins[name] }) {
		s := Spring{Bar: b}
		switch {
		case b.Name == "instruct":
			s.Href, s.Word = "/learning/written", "written.order"
		case b.Name == "feedback" && p.Reviews:
			s.Href, s.Word = "/learning/mining", "mining"
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b Spring) int { return cmp.Compare(b.N, a.N) })
	return all
}

// A swing is a value of -1 to 1 on an axis of 1000, from the middle.
type swing struct {
	Key      string
	At       float64
	Ratio    float64
	From, To int
}

// Skewed says that length still decides which answer is the better one.
func (r MineReport) Skewed() bool { return math.Abs(r.After) > skewed }

// skewed is the correlation from which that is said, as the command line does.
const skewed = 0.2

// Lengths are how far length explains preference, before and after the balance.
func (r MineReport) Lengths() []swing {
	side := func(key string, x, ratio float64) swing {
		x = max(-1, min(1, x))
		at := 500 + int(math.Round(500*x))
		return swing{key, x, ratio, min(at, 500), max(at-500, 500-at)}
	}
	return []swing{side("before", r.Before, r.RatioBefore), side("after", r.After, r.RatioAfter)}
}

// Wide is how much of a bar of 1000 a score takes.
func (a MineArm) Wide() int { return int(1000 * max(0, min(1, a.Score))) }

// BusiestWide is how much of a bar of 1000 the weight of the busiest person takes.
func (r MineReport) BusiestWide() int { return int(1000 * max(0, min(1, r.Busiest))) }

// Spent is how much of a bar of 100 the tokens take.
func (p WritePage) Spent() int {
	if p.Budget == 0 {
		return 0
	}
	return int(min(100, 100*p.Tokens/p.Budget))
}

// Worded says that there are words for why.
func (w SampleWhy) Worded() bool { return worded("aside." + w.Kind) }

// KnownOrigin says that there are words for its origin.
func (r SampleRow) KnownOrigin() bool { return worded("set.origin." + r.Origin) }

// Mined is what kind of act a mined pair rests on; "" for all others.
func (r SampleRow) Mined() string {
	const prefix = "mine:"
	if len(r.Source) > len(prefix) && r.Source[:len(prefix)] == prefix && worded("mined.act."+r.Source[len(prefix):]) {
		return r.Source[len(prefix):]
	}
	return ""
}
