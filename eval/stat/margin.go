package stat

import "math"

// A Verdict is what a comparison says.
type Verdict string

// The verdicts.
const (
	Pass   Verdict = "pass"    // shown to be no worse than the margin allows
	Fail   Verdict = "fail"    // shown to be worse than that, or not shown to be no worse by items that suffice
	TooFew Verdict = "too_few" // the items do not suffice to tell
)

// A Rule is how a comparison is judged. A zero field takes its default.
type Rule struct {
	Margin float64 `json:"margin"` // by how much the first may be right less often, above 0 to 0.5
	Alpha  float64 `json:"alpha"`  // chance to pass one that is worse by the margin; default 0.05
	Power  float64 `json:"power"`  // chance to pass one that is just as good, for which numbers are planned; default 0.8
}

func (r Rule) withDefaults() Rule {
	if r.Alpha == 0 {
		r.Alpha = 0.05
	}
	if r.Power == 0 {
		r.Power = 0.8
	}
	return r
}

// A Finding is what came out.
type Finding struct {
	Verdict    Verdict  `json:"verdict"`
	Difference float64  `json:"difference"`           // of the two shares, -1 to 1
	Interval   Interval `json:"interval"`             // of the difference, Newcombe, two-sided with 1 - 2·Alpha
	P          float64  `json:"p"`                    // of the margin being passed over, one-sided, by Tango's score
	McNemar    float64  `json:"mcnemar"`              // two-sided, of no difference at all
	Planned    int      `json:"planned"`              // items that would suffice for a pair that differs as often as this one
	Needs      int      `json:"needs_more,omitempty"` // how many more those are; with TooFew
}

// Judge says whether the first of a pair is no worse than the second but for the margin:
// non-inferiority for paired shares. It passes where Tango's test rejects that the first is worse by
// the margin. It fails where the test shows that it is, or where as many items as would have sufficed
// for an equal pair did not show the contrary. Else there are too few.
func Judge(p Pairs, r Rule) Finding {
	r = r.withDefaults()
	z := Tango(p, r.Margin)
	f := Finding{Difference: p.Difference(), Interval: Newcombe(p, 1-2*r.Alpha), P: 1 - normal(z), McNemar: McNemar(p)}
	f.Planned = Needed(p.discordant(), 0, r)
	least := quantile(1 - r.Alpha)
	switch {
	case p.N() > 0 && z >= least:
		f.Verdict = Pass
	case p.N() > 0 && (z <= -least || p.N() >= f.Planned):
		f.Verdict = Fail
	default:
		f.Verdict, f.Needs = TooFew, f.Planned-p.N()
	}
	return f
}

// discordant is the share of items on which the two differ, drawn to the middle so that a handful of
// items that agree is not taken for a pair that never differs.
func (p Pairs) discordant() float64 { return float64(p.First+p.Second+1) / float64(p.N()+2) }

// Needed is how many items show with the rule's power that the first is no worse than the margin,
// where the two differ on a share of the items and the first is right more often by difference. It is
// math.MaxInt32 where no number would do. The formula is that of the normal approximation,
// (z_alpha + z_power)² (discordant − difference²) / (margin + difference)² (Liu, Hsueh, Hsieh and
// Chen, "Tests for equivalence or non-inferiority for paired binary data", 2002).
func Needed(discordant, difference float64, r Rule) int {
	r = r.withDefaults()
	room := r.Margin + difference
	if room <= 0 {
		return math.MaxInt32
	}
	z := quantile(1-r.Alpha) + quantile(r.Power)
	return int(min(math.MaxInt32, math.Ceil(z*z*max(0, discordant-difference*difference)/(room*room))))
}
