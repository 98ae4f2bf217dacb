package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"wenyuan/dataset/agree"
	"wenyuan/dataset/rouge"
	"wenyuan/store"
)

const (
	sure      = 0.95 // from which on judges who do not agree need no adjudicator (agree.Policy)
	alike     = 0.7  // ROUGE-L from which two answers say the same (Wang and others, "Self-Instruct", 2023)
	clear     = 0.5  // lead from which one answer stands above another
	mostPairs = 10   // of one item, so that those with many answers do not outweigh the others
	leastGold = 3    // gold items before it is said that somebody fails them
)

// A weighing is what the judgements of a task come to.
type weighing struct {
	task     Task
	items    []*weighed // in their order
	byID     map[string]*weighed
	judges   map[string]*Judge
	took     map[string][]int64
	alpha    *float64
	compared int
}

// A weighed item.
type weighed struct {
	Item
	gold    *Given
	said    []Told // that count, by person
	decided *Told  // by the last adjudicator
	full    bool   // as many judged it as the overlap says
	dispute bool   // it waits for an adjudicator
	sure    float64
	answer  string // of an item whose answer is written: what they came to
}

// weigh reads all judgements of a task. It gives out nothing to judges.
func (t Task) weigh(ctx context.Context, tx *store.Tx) (*weighing, error) {
	w := &weighing{task: t, byID: map[string]*weighed{}, judges: map[string]*Judge{}, took: map[string][]int64{}}
	if err := w.readItems(ctx, tx); err != nil {
		return nil, err
	}
	if err := w.readPeople(ctx, tx); err != nil {
		return nil, err
	}
	if err := w.readSaid(ctx, tx); err != nil {
		return nil, err
	}
	w.settle()
	return w, nil
}

func (w *weighing) readItems(ctx context.Context, tx *store.Tx) error {
	err := tx.Each(ctx, func(r store.Row) error {
		x := &weighed{}
		var text, gold string
		if err := r.Scan(&x.ID, &x.Number, &text, &gold); err != nil {
			return err
		}
		if err := x.read(text); err != nil {
			return err
		}
		if gold != "" {
			x.gold = &Given{}
			if err := json.Unmarshal([]byte(gold), x.gold); err != nil {
				return err
			}
		}
		w.items, w.byID[x.ID] = append(w.items, x), x
		return nil
	}, `SELECT id, number, body, gold FROM judge_item WHERE task = $1 AND body <> '' ORDER BY number`, w.task.ID)
	if err != nil {
		return fmt.Errorf("judge: weigh: %w", err)
	}
	return nil
}

func (w *weighing) judge(person string) *Judge {
	if w.judges[person] == nil {
		w.judges[person] = &Judge{Person: person}
	}
	return w.judges[person]
}

func (w *weighing) readPeople(ctx context.Context, tx *store.Tx) error {
	err := tx.Each(ctx, func(r store.Row) error {
		var j Judge
		var named, aside int
		if err := r.Scan(&j.Person, &named, &aside, &j.Note, &j.Name); err != nil {
			return err
		}
		j.Named, j.Aside = named == 1, aside == 1
		w.judges[j.Person] = &j
		return nil
	}, `SELECT n.principal, n.named, n.aside, n.note, COALESCE(p.name, '') FROM judge_person n LEFT JOIN person p ON p.id = n.principal WHERE n.task = $1`, w.task.ID)
	if err != nil {
		return fmt.Errorf("judge: weigh: %w", err)
	}
	return nil
}

func (w *weighing) readSaid(ctx context.Context, tx *store.Tx) error {
	err := tx.Each(ctx, func(r store.Row) error {
		var item, name string
		o, err := scanTold(r, &item, &name)
		if err != nil {
			return err
		}
		x := w.byID[item]
		if x == nil {
			return nil // it was erased
		}
		if o.Decides {
			if x.decided == nil || x.decided.Created < o.Created {
				x.decided = &o
			}
			return nil
		}
		w.take(x, o, name)
		return nil
	}, `SELECT j.item, COALESCE(p.name, ''), j.principal, j.decides, j.guidelines, j.body, j.skipped, j.created, j.took FROM judge_judgement j JOIN judge_item i ON i.id = j.item
		LEFT JOIN person p ON p.id = j.principal WHERE i.task = $1 ORDER BY j.principal, j.created, j.item`, w.task.ID)
	if err != nil {
		return fmt.Errorf("judge: weigh: %w", err)
	}
	return nil
}

// take counts one judgement.
func (w *weighing) take(x *weighed, o Told, name string) {
	j := w.judge(o.Person)
	j.Name = name
	if o.Given.Skip != "" {
		if j.Reasons == nil {
			j.Reasons = map[string]int{}
		}
		j.Skipped++
		j.Reasons[o.Given.Skip]++
		return
	}
	j.Judged++
	if o.Given.Took > 0 {
		w.took[o.Person] = append(w.took[o.Person], o.Given.Took)
	}
	if x.gold != nil {
		j.Gold++
		j.GoldRight += int(number(w.task.right(x.Item, *x.gold, o.Given)))
	}
	if !j.Aside {
		x.said = append(x.said, o)
	}
}

// right says whether a judgement of a gold item is what is known to be right: of a ranking, the same
// answers are the best; of an answer, the two say nearly the same.
func (t Task) right(x Item, gold, given Given) bool {
	if t.Kind == Rank {
		return best(x, gold) == best(x, given)
	}
	return same(gold.Answer, given.Answer)
}

// same says whether two answers say nearly the same.
func same(a, b string) bool { return likeness(a, b) >= alike }

// likeness is how far two answers say the same: 1 where they differ in spaces alone, else by ROUGE-L. Either may
// stand first.
func likeness(a, b string) float64 {
	if a == b || plain(a) == plain(b) {
		return 1
	}
	return rouge.F(a, b)
}

func plain(s string) string { return strings.Join(strings.Fields(s), " ") }

// best is the label of a ranking: the places of the best answers among those of the item, by their ids, which
// say nothing of what they are.
func best(x Item, g Given) string {
	if len(g.Order) == 0 {
		return ""
	}
	var at []string
	for i, a := range x.Answers {
		if slices.Contains(g.Order[0], a.ID) {
			at = append(at, strconv.Itoa(i+1))
		}
	}
	return strings.Join(at, "+")
}

// settle says of each item what its judgements come to, and how far they agree.
func (w *weighing) settle() {
	var votes []agree.Vote
	var rankings []agree.Ranking
	gold := map[string]string{}
	for _, x := range w.items {
		x.full = len(x.said) >= w.task.Overlap || x.decided != nil
		if len(x.said) > 1 {
			w.compared++
		}
		if x.gold != nil && w.task.Kind == Rank {
			gold[x.ID] = best(x.Item, *x.gold)
		}
		for _, o := range x.said {
			votes = append(votes, agree.Vote{Item: x.ID, Person: o.Person, Label: w.label(x, o.Given)})
			rankings = append(rankings, agree.Ranking{Item: x.ID, Person: o.Person, Order: o.Given.Order})
		}
	}
	var alpha float64
	var ok bool
	if w.task.Kind == Rank {
		alpha, ok = agree.RankAgreement(rankings)
		w.byEstimate(agree.Adjudicate(votes, gold))
	} else {
		alpha, ok = agree.Agreement(votes)
		w.byLikeness()
	}
	if ok {
		w.alpha = &alpha
	}
}

// label is what a judgement says, as votes are compared: of a ranking its best answers, of an answer
// whether the one that was there stayed.
func (w *weighing) label(x *weighed, g Given) string {
	if w.task.Kind == Rank {
		return best(x.Item, g)
	}
	if slices.ContainsFunc(x.Answers, func(c Candidate) bool { return plain(c.Text) == plain(g.Answer) }) {
		return "stays"
	}
	return "written"
}

// byEstimate settles rankings: where judges name different answers as the best, and it is not sure enough which of them
// is meant, by how well each of them judges, an adjudicator decides.
func (w *weighing) byEstimate(j agree.Judged) {
	for _, x := range w.items {
		labels := map[string]bool{}
		for _, o := range x.said {
			labels[best(x.Item, o.Given)] = true
		}
		x.sure = j.Items[x.ID].Sure
		x.dispute = x.gold == nil && x.decided == nil && x.full && len(labels) > 1 && x.sure < sure
	}
	for person, p := range j.Persons {
		if found := w.judges[person]; found != nil {
			found.Right = p.Right
		}
	}
}

// byLikeness settles written answers: what more than half of the judges say nearly the same of holds, in
// the words that are most like the others'.
func (w *weighing) byLikeness() {
	for _, x := range w.items {
		most, overlap, at := 0, -1.0, -1
		votes, sums := make([]int, len(x.said)), make([]float64, len(x.said)) // what each has beside the others
		for i, a := range x.said {
			for k, b := range x.said[:i] {
				f := likeness(a.Given.Answer, b.Given.Answer)
				if sums[i], sums[k] = sums[i]+f, sums[k]+f; f >= alike {
					votes[i], votes[k] = votes[i]+1, votes[k]+1
				}
			}
		}
		for i := range x.said {
			if n := votes[i] + 1; n > most || n == most && sums[i] > overlap+1e-9 {
				most, overlap, at = n, sums[i], i
			}
		}
		if at >= 0 {
			x.answer, x.sure = x.said[at].Given.Answer, float64(most)/float64(len(x.said))
		}
		x.dispute = x.gold == nil && x.decided == nil && x.full && 2*most <= len(x.said) && len(x.said) > 1
	}
}

// people are the judges of a task, those who judged most first.
func (w *weighing) people() (all []Judge) {
	for person, j := range w.judges {
		j.Fails = j.Gold >= leastGold && float64(j.GoldRight) < w.task.Least*float64(j.Gold)
		if took := w.took[person]; len(took) > 0 {
			slices.Sort(took)
			j.Median = took[len(took)/2]
		}
		all = append(all, *j)
	}
	slices.SortFunc(all, func(a, b Judge) int {
		if a.Judged != b.Judged {
			return b.Judged - a.Judged
		}
		return strings.Compare(a.Person, b.Person)
	})
	return all
}
