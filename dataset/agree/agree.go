// Package agree says what several people mean together who judged the same items: how far
// they agree, which label an item has, how well each of them judges, whom to ask next, and
// what rankings with ties come to.
//
// It is arithmetic over votes: it keeps nothing, knows no texts, and never shows one person
// what another said. Results depend on the votes alone and not on their order.
package agree

// A Vote is what one person said of one item. A later vote of the same person on the same
// item takes the place of the earlier one.
type Vote struct {
	Item   string
	Person string
	Label  string
}

// An Opinion is what is believed of an item.
type Opinion struct {
	Label string             // the likeliest; of equal ones the first by name
	Sure  float64            // how likely, 0 to 1
	Votes int                // that it rests on
	Of    map[string]float64 // how likely each label is
	Gold  bool               // known beforehand
}

// A Person is how somebody judges.
type Person struct {
	Votes     int
	Right     float64                       // how likely a vote is right, over all labels
	Gold      int                           // votes on gold items
	GoldRight int                           // of them, those that are right
	Confusion map[string]map[string]float64 // by the true label, how likely each is said
}

// Judged is what votes come to.
type Judged struct {
	Items   map[string]Opinion
	Persons map[string]Person
	Shares  map[string]float64 // of the labels among the items
	Rounds  int                // of estimation
}

// A Metric says how far two values are apart.
type Metric int

// The metrics of Krippendorff's alpha.
const (
	Nominal  Metric = iota // equal or not
	Ordinal                // how many values lie between, by rank
	Interval               // the square of the difference
)

// A Ranking is how one person ordered the answers to one item: groups of answers from the
// best to the worst; those in a group are ties.
type Ranking struct {
	Item   string
	Person string
	Order  [][]string
}
