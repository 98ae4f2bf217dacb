package dataset

import (
	"cmp"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/dataset/form"
	"wenyuan/version"
)

// A candidate is what is held of a sample while a set is made.
type candidate struct {
	id       [16]byte // of the sample, as store.NewID writes it
	hash     [32]byte // of the row
	asked    uint64   // what the row answers
	talk     uint64   // the conversation; 0 for none
	sig      signature
	split    uint8
	kind     uint8 // places in building.names
	origin   uint8
	language uint16
	licence  uint16
	written  bool // by a model
	out      bool
}

const sampleID = "smp_"

// idText is how ids are written (store.NewID).
var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

func (c *candidate) sample() string { return sampleID + idText.EncodeToString(c.id[:]) }

func (c *candidate) splitName() string { return Splits()[c.split] }

// A building is a set while it is made.
type building struct {
	recipe Recipe
	gates  []*gate
	rows   rows // in the order of their samples
	looked int
	left   []Left
	words  names
	among  opposites
}

// rows are candidates in pieces, so that they are never copied while they grow.
type rows struct {
	pieces [][]candidate
	n      int
}

const piece = 1 << 13 // candidates, about a megabyte

func (r *rows) at(i int) *candidate { return &r.pieces[i/piece][i%piece] }

func (r *rows) add(c candidate) {
	if r.n%piece == 0 {
		r.pieces = append(r.pieces, make([]candidate, 0, piece))
	}
	last := &r.pieces[len(r.pieces)-1]
	*last = append(*last, c)
	r.n++
}

// names gives texts small numbers.
type names struct {
	byText map[string]int
	texts  []string
}

func (n *names) of(text string) int {
	if at, ok := n.byText[text]; ok {
		return at
	}
	if n.byText == nil {
		n.byText = map[string]int{}
	}
	n.byText[text] = len(n.texts)
	n.texts = append(n.texts, text)
	return len(n.texts) - 1
}

func newBuilding(r Recipe) *building {
	b := &building{recipe: r}
	for _, common := range []string{"", form.Chat, form.Preference, form.Label, Trace, Feedback, Judged, Import, Instruct, "en", "zh"} {
		b.words.of(common)
	}
	return b
}

// told is how many samples that were left out a report names.
const toldLeft = 20

// leave counts a sample that is left out.
func (b *building) leave(why, sample string) { b.leaveFor(why, "", sample) }

func (b *building) leaveFor(why, note, sample string) {
	at := slices.IndexFunc(b.left, func(l Left) bool { return l.Why == why && l.Note == note })
	if at < 0 {
		at = len(b.left)
		b.left = append(b.left, Left{Why: why, Note: note})
	}
	if b.left[at].Count++; sample != "" && len(b.left[at].Samples) < toldLeft {
		b.left[at].Samples = append(b.left[at].Samples, sample)
	}
}

// look takes in a sample, unless it is left out at once.
func (b *building) look(x Sample, seen bool) error {
	switch {
	case !seen:
		b.leave("hidden", "") // nothing more is said of it
		return nil
	case len(b.recipe.Licences) > 0 && !slices.Contains(b.recipe.Licences, x.Licence):
		b.leaveFor("licence", x.Licence, x.ID)
		return nil
	}
	text := words(x.Row)
	t := tokens(text)
	for _, g := range b.gates {
		if g.holds(t, text) {
			b.leaveFor("contaminated", g.report.Name, x.ID)
			return nil
		}
	}
	if b.rows.n == maxRows {
		return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("more than %d samples fit the recipe", maxRows), Hint: "make several sets, or narrow the filter"}
	}
	c, err := b.candidate(x, t)
	if err != nil {
		return err
	}
	b.among.add(x.Row, uint32(b.rows.n))
	b.rows.add(c)
	return nil
}

func (b *building) candidate(x Sample, t []uint64) (c candidate, err error) {
	id, err := idText.DecodeString(strings.TrimPrefix(x.ID, sampleID))
	if err != nil || len(id) != len(c.id) || sampleID+idText.EncodeToString(id) != x.ID {
		return c, fmt.Errorf("dataset: build: %q is no id of a sample", x.ID)
	}
	copy(c.id[:], id)
	if n, err := hex.Decode(c.hash[:], []byte(x.Hash)); err != nil || n != len(c.hash) {
		return c, fmt.Errorf("dataset: build: %s has no hash", x.ID)
	}
	c.asked, c.sig = hash64(asked(x.Row)), sign(t)
	if x.Conversation != "" {
		c.talk = hash64(x.Conversation)
	}
	c.kind, c.language, c.origin = uint8(b.words.of(x.Row.Kind)), uint16(b.words.of(x.Language)), uint8(b.words.of(x.Origin))
	c.licence, c.written = uint16(b.words.of(x.Licence)), x.Teacher != ""
	if len(b.words.texts) > 1<<16 {
		return c, &wenyuan.Error{Code: wenyuan.TooLarge, Message: "the samples have too many different licences and languages", Hint: "narrow the filter"}
	}
	return c, nil
}

// settle decides which rows are kept and in which split.
func (b *building) settle() {
	b.dropEqual()
	for _, at := range b.among.rows() {
		if !b.rows.at(int(at)).out {
			b.drop(int(at), "contradiction")
		}
	}
	b.among = nil
	groups := b.group()
	b.capWritten()
	b.divide(groups)
	slices.SortFunc(b.left, func(a, c Left) int { return cmp.Or(cmp.Compare(a.Why, c.Why), cmp.Compare(a.Note, c.Note)) })
}

func (b *building) drop(at int, why string) {
	b.rows.at(int(at)).out = true
	b.leave(why, b.rows.at(int(at)).sample())
}

// order is the places of the rows, sorted by a comparison, the earlier of equal ones first.
func (b *building) order(compare func(x, y *candidate) int) []uint32 {
	at := make([]uint32, b.rows.n)
	for i := range at {
		at[i] = uint32(i)
	}
	slices.SortFunc(at, func(i, j uint32) int { return cmp.Or(compare(b.rows.at(int(i)), b.rows.at(int(j))), cmp.Compare(i, j)) })
	return at
}

// dropEqual leaves the first of equal rows.
func (b *building) dropEqual() {
	before := -1
	for _, at := range b.order(func(x, y *candidate) int { return slices.Compare(x.hash[:], y.hash[:]) }) {
		if before >= 0 && b.rows.at(before).hash == b.rows.at(int(at)).hash {
			b.drop(int(at), "duplicate")
			continue
		}
		before = int(at)
	}
}

// group puts together what has to stay in one split: the rows of one conversation, those that answer
// the same, and those that are nearly equal. It gives the first row of each row's group.
func (b *building) group() []uint32 {
	head := make([]uint32, b.rows.n)
	for i := range head {
		head[i] = uint32(i)
	}
	var top func(uint32) uint32
	top = func(i uint32) uint32 {
		for head[i] != i {
			head[i] = head[head[i]]
			i = head[i]
		}
		return i
	}
	join := func(i, j uint32) {
		if i, j = top(i), top(j); i != j {
			head[max(i, j)] = min(i, j)
		}
	}
	for _, key := range []func(*candidate) uint64{func(c *candidate) uint64 { return c.asked }, func(c *candidate) uint64 { return c.talk }} {
		order := b.order(func(x, y *candidate) int { return cmp.Compare(key(x), key(y)) })
		for i := 1; i < len(order); i++ {
			if k := key(b.rows.at(int(order[i]))); k != 0 && k == key(b.rows.at(int(order[i-1]))) {
				join(order[i-1], order[i])
			}
		}
	}
	for band := range bands {
		b.near(band, join)
	}
	for i := range head {
		head[i] = top(uint32(i))
	}
	return head
}

// compared is how many rows that fell into one band before it a row is compared with.
const compared = 8

// near joins rows that resemble each other in one band. Where a recipe drops nearly equal rows the later one goes.
func (b *building) near(band int, join func(i, j uint32)) {
	order := b.order(func(x, y *candidate) int { return slices.Compare(x.sig.band(band), y.sig.band(band)) })
	for i := 1; i < len(order); i++ {
		this := b.rows.at(int(order[i]))
		for back := 1; back <= compared && back <= i && !this.out; back++ {
			other := b.rows.at(int(order[i-back]))
			if !slices.Equal(other.sig.band(band), this.sig.band(band)) {
				break
			}
			if other.out || other.sig.alike(&this.sig) < nearly {
				continue
			}
			join(order[i-back], order[i])
			if b.recipe.Near == Drop && other.asked != this.asked {
				b.drop(int(order[i]), "near")
			}
			break
		}
	}
}

// capWritten leaves out rows that models wrote until they are no larger a share than the recipe
// allows. Which ones is decided by their hashes, so that it is the same each time.
func (b *building) capWritten() {
	if b.recipe.Synthetic >= 1 {
		return
	}
	var written []int
	people := 0
	for i := range b.rows.n {
		switch {
		case b.rows.at(i).out:
		case b.rows.at(i).written:
			written = append(written, i)
		default:
			people++
		}
	}
	may := int(float64(people) * b.recipe.Synthetic / (1 - b.recipe.Synthetic))
	slices.SortFunc(written, func(i, j int) int { return slices.Compare(b.rows.at(i).hash[:], b.rows.at(j).hash[:]) })
	for _, at := range written[min(may, len(written)):] {
		b.drop(at, "synthetic")
	}
}

// divide gives each group a split, by a hash of the seed and the smallest hash of its rows: it depends on
// nothing else, so that a group stays where it is while others come.
func (b *building) divide(group []uint32) {
	least := make([]uint64, len(group)) // by the first row of a group
	for i := range least {
		least[i] = math.MaxUint64
	}
	for i, g := range group {
		if !b.rows.at(i).out {
			least[g] = min(least[g], binary.BigEndian.Uint64(b.rows.at(i).hash[:]))
		}
	}
	s := b.recipe.Split
	for i, g := range group {
		x := float64(run([]uint64{uint64(s.Seed), least[g], 1})>>11) / (1 << 53)
		switch {
		case x < s.Train:
			b.rows.at(i).split = 0
		case x < s.Train+s.Valid:
			b.rows.at(i).split = 1
		default:
			b.rows.at(i).split = 2
		}
	}
}

// kept is how many rows the set has.
func (b *building) kept() (n int) {
	for i := range b.rows.n {
		if !b.rows.at(i).out {
			n++
		}
	}
	return n
}

// nothing says why no row is left.
func (b *building) nothing() error {
	var why []string
	for _, l := range b.left {
		why = append(why, fmt.Sprintf("%s %d", l.Why, l.Count))
	}
	if b.looked == 0 && len(why) == 0 {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "no sample fits the recipe", Hint: "wenyuan dataset samples shows what there is; capture or import some first"}
	}
	hint := "loosen what leaves out most of them"
	if slices.ContainsFunc(b.left, func(l Left) bool { return l.Why == "synthetic" }) {
		hint = "no row of people is among them: add some, or let models have written all of it, with max_synthetic: 1"
	}
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("all %d samples were left out: %s", b.looked, strings.Join(why, ", ")), Hint: hint}
}

// report counts what the set is made of, and names its version.
func (b *building) report() (rep Report, err error) {
	c := Counts{Split: map[string]int{}, Kind: map[string]int{}, Language: map[string]int{}, Origin: map[string]int{}, Licence: map[string]int{}}
	for i := range b.rows.n {
		r := b.rows.at(i)
		if r.out {
			continue
		}
		c.Split[r.splitName()]++
		c.Kind[b.words.texts[r.kind]]++
		c.Language[b.words.texts[r.language]]++
		c.Origin[b.words.texts[r.origin]]++
		c.Licence[b.words.texts[r.licence]]++
		if r.written {
			c.Written++
		}
	}
	rep.Set = Set{Name: b.recipe.Name, Recipe: b.recipe, Content: b.content(), Rows: b.kept(), Counts: c, Licence: b.recipe.Licence, Consent: b.recipe.Consent, Parents: b.recipe.Parents}
	rep.Left, rep.Gates = append([]Left{}, b.left...), []GateReport{}
	for _, g := range b.gates {
		rep.Gates = append(rep.Gates, g.done())
	}
	rep.Dataset = wenyuan.Version{Kind: Kind, Name: b.recipe.Name}
	rep.Dataset.Hash, err = version.Hash(rep.Set)
	return rep, err
}
