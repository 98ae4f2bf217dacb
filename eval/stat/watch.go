package stat

import "math"

// A Watch looks at two versions that are asked beside one another and says when the new one is
// worse. It may be looked at after every answer: the chance that it ever calls an alarm while both
// are equal stays at Alpha, however long it runs and whoever stops when.
//
// It is two tests that share Alpha, and either may call. The [Score] has a horizon, and finds the drop that
// it is made for almost as often as one look at the end would; that its chance is what it is holds as well
// as the normal approximation. The other test has no horizon, and its chance is exact, also for a few
// answers: it bets. Answers are taken in blocks that hold some of both, and for each block the evidence is
// multiplied by how much likelier the block is if the new version is worse than if both are right equally
// often, with the share that lies between the two weighted by their numbers: the E-variable for two
// binomial streams of R. J. Turner, A. Ly and P. D. Grünwald, "Generic E-variables for exact sequential
// k-sample tests that allow for optional stopping", 2024 (arXiv 2106.02693). That the share is guessed from
// the blocks before keeps it exact. Three bets on how large the drop is run side by side, and their mean is
// the evidence; by Ville's inequality it reaches 1 divided by its part of Alpha with a chance of that part
// at most. Answers of one version may come in any numbers beside those of the other, as long as which
// version is asked does not hang on how answers turn out.
//
// Make one with NewWatch. Its fields may be kept and read back; it is for one goroutine.
type Watch struct {
	Alpha   float64    `json:"alpha"`
	Drop    float64    `json:"drop"` // that it is tuned for, 0 to 1
	New     Count      `json:"new"`
	Old     Count      `json:"old"`
	Bets    [3]float64 `json:"bets"`    // logarithms of the evidence of each bet, in nats
	Highest float64    `json:"highest"` // the most that the logarithm of the evidence was
	Score   Score      `json:"score"`
	Block   [2]Count   `json:"block"` // answers that wait for some of the other version: new, old
	Past    [2]Count   `json:"past"`  // answers of the blocks before
}

// A Count is how many of how many turned out well.
type Count struct {
	Good int `json:"good"`
	Of   int `json:"of"`
}

// Share is Good of Of; 0 where there is nothing.
func (c Count) Share() float64 {
	if c.Of == 0 {
		return 0
	}
	return float64(c.Good) / float64(c.Of)
}

func (c *Count) add(good bool) {
	c.Of++
	if good {
		c.Good++
	}
}

// Defaults of a Watch.
const (
	DefaultAlpha = 0.02 // of twenty watches over equal versions, at most one calls an alarm in 19 of 20 cases
	DefaultDrop  = 0.05 // five points of a share
)

// blockOf is how many answers of each version a block holds at least. What two versions differ in is
// seen within a block alone: one of a single answer each, with some more of one of them by chance, tells
// a fifth less than the same answers together; of ten it is a fiftieth.
const blockOf = 10

// The bets are on half the drop, the drop, and twice it, with these weights.
var betSizes, betWeights = [3]float64{0.5, 1, 2}, [3]float64{0.2, 0.6, 0.2}

// NewWatch makes a watch; 0 stands for the defaults. One of several that are looked at together
// gets its part of alpha.
func NewWatch(alpha, drop float64) *Watch {
	if alpha == 0 {
		alpha = DefaultAlpha
	}
	if drop == 0 {
		drop = DefaultDrop
	}
	return &Watch{Alpha: alpha, Drop: drop}
}

// Add takes one answer: of the new version or the old, and whether it turned out well. It says
// whether there is an alarm, now or before.
func (w *Watch) Add(isNew, good bool) bool {
	at, all := 1, &w.Old
	if isNew {
		at, all = 0, &w.New
	}
	all.add(good)
	w.Block[at].add(good)
	w.settle()
	return w.Alarm()
}

// AddCounts takes several answers of each version at once, of which only the numbers are known. It says
// whether there is an alarm, now or before.
func (w *Watch) AddCounts(isNew, isOld Count) bool {
	w.New, w.Old = w.New.plus(isNew), w.Old.plus(isOld)
	w.Block[0], w.Block[1] = w.Block[0].plus(isNew), w.Block[1].plus(isOld)
	w.settle()
	return w.Alarm()
}

// settle bets on the block where it holds enough of both.
func (w *Watch) settle() {
	if w.Block[0].Of >= blockOf && w.Block[1].Of >= blockOf {
		w.bet()
	}
}

// bet closes the block.
func (w *Watch) bet() {
	a, b := w.Block[0], w.Block[1]
	n := float64(a.Of + b.Of)
	pooled := w.guess()
	for i, size := range betSizes {
		// The drop stands around the guess, weighted as the answers before were.
		drop := w.Drop * size
		share := float64(w.Past[0].Of+1) / float64(w.Past[0].Of+w.Past[1].Of+2)
		was := clamp(pooled + drop*share)
		is := clamp(was - drop)
		same := (float64(a.Of)*is + float64(b.Of)*was) / n
		w.Bets[i] += ratio(a, is, same) + ratio(b, was, same)
	}
	w.Past[0], w.Past[1] = w.Past[0].plus(a), w.Past[1].plus(b)
	w.Block = [2]Count{}
	w.Highest = max(w.Highest, w.Evidence())
	w.Score.add(w.Alpha, w.Drop, a, b)
}

// guess is the share of both together before this block, with a start of nine good of ten that
// weighs as much as ten answers.
func (w *Watch) guess() float64 {
	all := w.Past[0].plus(w.Past[1])
	return (float64(all.Good) + 9) / (float64(all.Of) + 10)
}

func (c Count) plus(o Count) Count { return Count{c.Good + o.Good, c.Of + o.Of} }

// clamp keeps a share where every outcome may be.
func clamp(p float64) float64 { return min(max(p, 0.001), 0.999) }

// ratio is the logarithm of how much likelier a count is with one share than with another.
func ratio(c Count, is, same float64) float64 {
	return float64(c.Good)*math.Log(is/same) + float64(c.Of-c.Good)*math.Log((1-is)/(1-same))
}

// Evidence is the logarithm of the evidence of the bets that the new version is worse, in nats: 0 at first.
func (w *Watch) Evidence() float64 {
	top := max(w.Bets[0], w.Bets[1], w.Bets[2])
	sum := 0.0
	for i, b := range w.Bets {
		sum += betWeights[i] * math.Exp(b-top)
	}
	return top + math.Log(sum)
}

// Near is how far it was on the way to an alarm at its most: 0 to 1.
func (w *Watch) Near() float64 {
	return max(0, min(1, max(w.Score.Peak, w.Highest/-math.Log(w.Alpha*(1-scorePart)))))
}

// Alarm says whether either test has ever called.
func (w *Watch) Alarm() bool { return w.Near() == 1 }

// Between is a range for the difference of the two shares, new less old, that holds for all times
// at once once there are some hundred answers of each: the asymptotic confidence sequence of I.
// Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, "Time-uniform central limit theory
// and asymptotic confidence sequences", 2024 (arXiv 2103.06476), for two independent means. It is for
// showing; the alarm does not hang on it.
func (w *Watch) Between(confidence float64) Interval {
	if w.New.Of < 2 || w.Old.Of < 2 {
		return Interval{-1, 1}
	}
	spread := func(c Count) float64 {
		p := (float64(c.Good) + 1) / (float64(c.Of) + 2)
		return p * (1 - p)
	}
	n := float64(min(w.New.Of, w.Old.Of))
	variance := n * (spread(w.New)/float64(w.New.Of) + spread(w.Old)/float64(w.Old.Of)) // of one answer, where there are n
	alpha := 1 - confidence
	const tuned = 500.0 // answers at which the range is tightest
	rho := math.Sqrt((-2*math.Log(alpha) + math.Log(-2*math.Log(alpha)+1)) / tuned)
	x := n*rho*rho + 1
	half := math.Sqrt(variance * 2 * x / (n * n * rho * rho) * math.Log(math.Sqrt(x)/alpha))
	d := w.New.Share() - w.Old.Share()
	return Interval{max(-1, d-half), min(1, d+half)}
}

// Bound is the share of good answers at which so many of the new version, beside those of the old one,
// would be an alarm if they were looked at now for the first time: a line to draw, near which the watch
// calls. 0 where not even none good would be one.
func (w *Watch) Bound(answers int, old Count) float64 {
	if answers == 0 || old.Of == 0 {
		return 0
	}
	alarm := func(good int) bool {
		now := Watch{Alpha: w.Alpha, Drop: w.Drop, Block: [2]Count{{good, answers}, old}}
		now.Past = [2]Count{{int(old.Share() * float64(answers)), answers}, old}
		now.bet()
		return now.Alarm()
	}
	low, high := -1, answers // an alarm at low, none at high
	for high-low > 1 {
		if mid := (low + high) / 2; alarm(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return float64(max(low, 0)) / float64(answers)
}
