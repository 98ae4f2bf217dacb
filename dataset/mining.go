package dataset

import (
	"context"

	"wenyuan/auth/audit"
	"wenyuan/dataset/mine"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Mined says what was made of what people did with answers.
type Mined struct {
	Answers int                `json:"answers"` // that say something: rated, corrected, or asked for more than once
	Samples int                `json:"samples"` // that are new
	Known   int                `json:"known"`   // that were there before
	Aside   int                `json:"aside"`   // of all, those that are set aside so that length or one person do not decide
	Scored  int                `json:"scored"`  // samples of answers whose quality is another now
	Gone    int                `json:"gone"`    // mined before, and no longer what people say: erased
	Pairs   map[string]int     `json:"pairs"`   // by where they come from: correction, votes, checks, again, arms
	Left    map[string]int     `json:"left"`    // by why they are none
	Lengths Lengths            `json:"lengths"`
	People  int                `json:"people"`
	Busiest float64            `json:"busiest"`        // share of the weight of the busiest person, as found
	Capped  int                `json:"capped"`         // people of whom pairs are set aside
	Arms    map[string]float64 `json:"arms,omitempty"` // mean score of each arm of a trial
	Cut     bool               `json:"cut,omitempty"`  // there are older answers, that nobody looked at
	Dry     bool               `json:"dry_run,omitempty"`
}

// Lengths say how far the length of answers explains which is the better one: correlation of the logarithm of
// their ratio with the preference, -1 to 1, and the geometric mean of the ratio.
type Lengths struct {
	Before      float64 `json:"before"`
	After       float64 `json:"after"`
	RatioBefore float64 `json:"ratio_before"`
	RatioAfter  float64 `json:"ratio_after"`
}

// maxMined is how many answers are compared at once, the newest; about 10 KB of memory are needed for each.
const maxMined = 50_000

// Mine makes pairs of a better and a worse answer from what people did with answers, where nobody sat down to
// judge (dataset/mine), and scores the samples of these answers. Pairs are samples of the origin feedback with all
// people and documents of both answers. What is found again stays as it is, but for its weight and for
// whether it is set aside, which hang on all pairs together; what no longer follows is erased. With dry
// nothing is kept. Needs Review, and looks at what the scope sees.
func (s *Sets) Mine(ctx context.Context, sc scope.Scope, dry bool, told func(Progress) error) (Mined, error) {
	out := Mined{Pairs: map[string]int{}, Left: map[string]int{}, Dry: dry}
	if err := mayMine(sc); err != nil {
		return out, err
	}
	m := &mining{capture: capture{sets: s, sc: sc, out: &Captured{Passed: map[string]int{}}}, out: &out, of: map[string]Sample{}}
	if err := m.read(ctx, told); err != nil {
		return out, err
	}
	m.arms()
	found := mine.Mine(m.answers, mine.Options{})
	m.tell(found.Report)
	if err := m.keepAll(ctx, found, told); err != nil || dry {
		return out, err
	}
	if err := m.dropOld(ctx, told); err != nil || out.Samples+out.Scored+out.Gone == 0 {
		return out, err
	}
	return out, s.Store.Write(ctx, func(tx *store.Tx) error {
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "dataset.mine", Object: sc.Space(), Detail: map[string]any{"answers": out.Answers, "samples": out.Samples, "aside": out.Aside, "scored": out.Scored, "gone": out.Gone}})
	})
}

// tell takes over what the comparison reports.
func (m *mining) tell(r mine.Report) {
	o := m.out
	o.Pairs, o.Arms, o.People, o.Busiest, o.Capped = r.Pairs, r.Arms, r.People, r.Busiest, r.Capped
	for why, n := range r.Left {
		o.Left[why] += n
	}
	o.Lengths = Lengths{Before: r.Length, After: r.Still, RatioBefore: r.Ratio, RatioAfter: r.After}
}
