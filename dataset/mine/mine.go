// Package mine makes contrast pairs and quality scores of what people did with answers, where
// nobody sat down to judge: answers that were asked for again, corrected, liked and disliked,
// whose sentences were checked, and that stood in the arms of a trial.
//
// It takes plain values and gives plain values back, with a report of what it left out and
// why; it reads no conversation and keeps nothing. Two things mislead whoever learns from such
// signals, and are held down here: long answers are liked for their length (Singhal et al., "A Long
// Way to Go: Investigating Length Correlations in RLHF", 2023), and a few busy people speak for all.
// Pairs are set aside for that, so that it holds whoever learns from them by whatever weights.
// Equal input gives equal output.
package mine

import (
	"cmp"
	"math"
	"slices"

	"wenyuan/dataset/rouge"
)

// An Answer is what a model said, with what became of it.
type Answer struct {
	ID           string
	Group        string   // conversation: pairs of one group must stay in one split
	Person       string   // who asked; empty where it is not known
	Voters       []string // who liked or disliked it
	By           string   // who corrected it
	Question     string   // as it was asked, with what came before where that matters
	Text         string
	Model        string
	Arm          string // of a trial; empty outside of one
	Again        string // ID of the answer in whose place this one was asked for
	Corrected    string // what a person wrote in its place
	Vote         int    // 1 liked, -1 disliked, 0 neither
	Supported    int    // sentences that their sources support
	Unsupported  int    // sentences that no source supports
	Contradicted int    // sentences that a source contradicts
	Refused      bool   // said that it cannot answer
}

// Where a pair comes from. What a person wrote counts most, what nobody said least.
const (
	FromCorrection = "correction" // a person wrote it better
	FromVotes      = "votes"      // one was liked and the other disliked
	FromChecks     = "checks"     // sources support one and contradict the other, or support it less
	FromAgain      = "again"      // asked for again, and the second one was kept
	FromArms       = "arms"       // two arms answered one question, and scored apart
)

// weightOf is what a pair of each origin counts before anything else. Measured on nothing: set
// by how sure a person is to have meant it.
var weightOf = map[string]float64{FromCorrection: 1, FromVotes: 0.9, FromChecks: 0.6, FromAgain: 0.4, FromArms: 0.4}

// A Pair says that Chosen is a better answer to Question than Rejected.
type Pair struct {
	Group    string
	Question string
	Chosen   string
	Rejected string
	From     string
	Weight   float64   // above 0 to 1
	Margin   float64   // how far the scores lie apart, 0 to 1; 1 for corrections
	People   []string  // whose acts it rests on
	Answers  [2]string // IDs: of the chosen one (of the corrected one, for corrections) and the rejected one
	Aside    string    // why it is not to be learned from for now: Busy or Length; "" where it is
}

// Why a pair is set aside.
const (
	Busy   = "busy person" // the people it rests on have their share of the weight already
	Length = "length"      // of answers that differ so much in length, the longer or the shorter ones won too often
)

// A Score is how good an answer seems.
type Score struct {
	ID     string
	Value  float64 // 0 to 1; 0.5 where nothing speaks for or against it
	Weight float64 // how much speaks at all, 0 to 1
}

// Options say how to mine. The zero value of a number means the one named.
type Options struct {
	Margin   float64 // that scores must lie apart to make a pair; 0.3
	Person   float64 // share of all weight that one person may have; 0.05, at least one pair
	Alike    float64 // overlap (ROUGE-L) of two answers from which on they teach no difference; 0.95
	Balanced float64 // how much more weight the longer answers may win than the shorter, or the other way, among pairs that differ alike in length; 1.2
}

func (o Options) filled() Options {
	o.Margin, o.Person, o.Alike = cmp.Or(o.Margin, 0.3), cmp.Or(o.Person, 0.05), cmp.Or(o.Alike, 0.95)
	o.Balanced = cmp.Or(o.Balanced, 1.2)
	return o
}

// Why something was left out.
const (
	SameText    = "same text"    // both answers say nearly the same
	Twice       = "twice"        // the pair was there already
	Opposed     = "opposed"      // another pair says the opposite, with as much weight
	NothingSaid = "nothing said" // an answer is empty
	WrongOrder  = "wrong order"  // asked for again, but the first one scores better
)

// A Report says what came of the answers.
type Report struct {
	Answers int
	Pairs   map[string]int // by where they come from
	Left    map[string]int // by why
	Ratio   float64        // length of the chosen to that of the rejected, geometric mean by weight, as found
	After   float64        // the same of what is not set aside
	Length  float64        // correlation of length with preference, as found, -1 to 1
	Still   float64        // the same of what is not set aside
	People  int
	Busiest float64            // share of the weight of the busiest person, as found
	Capped  int                // people of whom pairs are set aside
	Arms    map[string]float64 // mean score of each arm
}

// Mined is what was found: pairs and scores in the order of the answers.
type Mined struct {
	Pairs  []Pair
	Scores []Score
	Report Report
}

// Mine makes pairs and scores of answers.
func Mine(answers []Answer, o Options) Mined {
	o = o.filled()
	m := &miner{o: o, byID: map[string]int{}, r: Report{Answers: len(answers), Pairs: map[string]int{}, Left: map[string]int{}, Arms: map[string]float64{}}}
	for i, a := range answers {
		m.byID[a.ID] = i
	}
	m.answers = answers
	m.score()
	m.corrections()
	m.again()
	m.byQuestion()
	m.settle()
	m.r.Ratio, m.r.Length = ratio(m.pairs), correlation(m.pairs)
	m.capPeople()
	m.balance()
	m.r.After, m.r.Still = ratio(m.pairs), correlation(m.pairs)
	for _, p := range m.pairs {
		m.r.Pairs[p.From]++
	}
	return Mined{m.pairs, m.scores, m.r}
}

type miner struct {
	o        Options
	answers  []Answer
	byID     map[string]int
	repeated map[string]bool
	scores   []Score
	pairs    []Pair
	r        Report
}

// Strength of signals, as logarithms of odds.
const (
	oddsVote      = 2.0
	oddsCorrected = -1.5 // somebody took the trouble to write it anew
	oddsAgain     = -0.8
	oddsRefused   = -0.5
	oddsSentence  = 0.4 // each, four at most
	oddsAgainst   = -1.5
)

// score sums what speaks for and against each answer.
func (m *miner) score() {
	m.repeated = map[string]bool{}
	for _, a := range m.answers {
		if _, ok := m.byID[a.Again]; ok {
			m.repeated[a.Again] = true
		}
	}
	arms := map[string]int{}
	for _, a := range m.answers {
		z := oddsVote * float64(max(-1, min(1, a.Vote)))
		said := math.Abs(z)
		add := func(x float64) { z += x; said += math.Abs(x) }
		if a.Corrected != "" {
			add(oddsCorrected)
		}
		if m.repeated[a.ID] {
			add(oddsAgain)
		}
		if a.Refused {
			add(oddsRefused)
		}
		if n := a.Supported + a.Unsupported; n > 0 {
			add(oddsSentence * float64(min(4, n)) * (2*float64(a.Supported)/float64(n) - 1))
		}
		if a.Contradicted > 0 {
			add(oddsAgainst)
		}
		s := Score{a.ID, 1 / (1 + math.Exp(-z)), 1 - math.Exp(-said/2)}
		m.scores = append(m.scores, s)
		if a.Arm != "" {
			m.r.Arms[a.Arm] += s.Value
			arms[a.Arm]++
		}
	}
	for arm, n := range arms {
		m.r.Arms[arm] /= float64(n)
	}
}

func (m *miner) corrections() {
	for _, a := range m.answers {
		if a.Corrected != "" {
			m.pair(a.Group, a.Question, a.Corrected, a.Text, FromCorrection, 1, [2]string{a.ID, a.ID}, cmp.Or(a.By, a.Person))
		}
	}
}

// again pairs what was kept with what it was asked for in place of.
func (m *miner) again() {
	for i, a := range m.answers {
		j, ok := m.byID[a.Again]
		if !ok || j == i || m.repeated[a.ID] || a.Vote < 0 || a.Corrected != "" || a.Refused {
			continue
		}
		first := m.answers[j]
		margin := m.scores[i].Value - m.scores[j].Value
		if margin <= 0 {
			m.r.Left[WrongOrder]++
			continue
		}
		m.pair(a.Group, a.Question, a.Text, first.Text, FromAgain, margin, [2]string{a.ID, first.ID}, a.Person)
	}
}

// byQuestion pairs the best and the worst of the answers to one question.
func (m *miner) byQuestion() {
	of := map[string][]int{}
	var order []string
	for i, a := range m.answers {
		if of[a.Question] == nil {
			order = append(order, a.Question)
		}
		of[a.Question] = append(of[a.Question], i)
	}
	for _, q := range order {
		all := of[q]
		if len(all) < 2 {
			continue
		}
		best := slices.MaxFunc(all, func(i, j int) int { return m.compare(i, j) })
		worst := slices.MinFunc(all, func(i, j int) int { return m.compare(i, j) })
		a, b := m.answers[best], m.answers[worst]
		margin := m.scores[best].Value - m.scores[worst].Value
		if margin < m.o.Margin {
			continue
		}
		from, people := FromChecks, []string{a.Person, b.Person}
		switch {
		case a.Vote > 0 && b.Vote < 0:
			from = FromVotes
			if said := slices.Concat(a.Voters, b.Voters); len(said) > 0 {
				people = said
			}
		case a.Arm != b.Arm && a.Arm != "" && b.Arm != "":
			from = FromArms
		}
		m.pair(a.Group, q, a.Text, b.Text, from, margin, [2]string{a.ID, b.ID}, people...)
	}
}

func (m *miner) compare(i, j int) int {
	return cmp.Or(cmp.Compare(m.scores[i].Value, m.scores[j].Value), cmp.Compare(m.answers[j].ID, m.answers[i].ID))
}

// pair keeps a pair, if the two teach a difference.
func (m *miner) pair(group, question, chosen, rejected, from string, margin float64, ids [2]string, people ...string) {
	switch {
	case chosen == "" || rejected == "":
		m.r.Left[NothingSaid]++
		return
	case chosen == rejected, rouge.F(chosen, rejected) >= m.o.Alike && from != FromCorrection:
		m.r.Left[SameText]++
		return
	}
	slices.Sort(people)
	people = slices.DeleteFunc(slices.Compact(people), func(p string) bool { return p == "" })
	m.pairs = append(m.pairs, Pair{group, question, chosen, rejected, from, weightOf[from] * (0.5 + 0.5*margin), margin, people, ids, ""})
}
