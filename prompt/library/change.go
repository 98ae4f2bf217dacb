package library

import (
	"context"
	"fmt"
	"slices"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// An Order says what is to be added: one of Task, Dataset and Samples.
type Order struct {
	Task    string   `json:"task,omitempty" doc:"what this finished task for judges became"`
	Dataset string   `json:"dataset,omitempty" doc:"the rows of this data set that people judged: its name, name@label, or the beginning of its hash"`
	Samples []string `json:"samples,omitempty" doc:"these samples, up to 500: whoever names them says that their answers are good"`
	Liked   bool     `json:"liked,omitempty" doc:"also answers that somebody liked and nobody wrote or corrected"`
}

// An Added says what became of an order.
type Added struct {
	Library Listed         `json:"library"`
	Added   int            `json:"added"`
	Known   int            `json:"known"`             // that were there before, or that say the same as one that is there
	Left    map[string]int `json:"left"`              // samples that are no examples, by why: the Left constants of dataset, and full
	More    bool           `json:"more,omitempty"`    // there are more than were looked at
	Dropped int            `json:"dropped,omitempty"` // examples whose words were erased since, which are no longer named
}

// LeftFull is why a sample is not taken into a library that holds MaxExamples.
const LeftFull = "full"

// Add takes samples into a library, which is made where there is none of the name, as a new version. It takes those that p may see
// and whose answers people judged, the best of each ranking, and nothing that a gate asks. Needs Edit; to see what others asked
// also Review.
func (l *Libraries) Add(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name string, o Order) (out Added, err error) {
	if err := mayEdit(sc); err != nil {
		return out, err
	}
	if !libraryName.MatchString(name) {
		return out, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("an example library cannot be called %q", name), Hint: "1 to 64 lower-case letters, digits, - and _, a letter or a digit first"}
	}
	ids, from, parent, more, err := l.ordered(ctx, sc, o)
	if err != nil {
		return out, err
	}
	good, left, err := l.Sets.Worth(ctx, sc, p, ids, len(o.Samples) > 0, o.Liked)
	if err != nil {
		return out, err
	}
	if len(ids) == 1 && left[dataset.LeftHidden] == 1 {
		return out, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no sample %q", ids[0]), Hint: "wenyuan dataset samples lists them"}
	}
	err = l.change(ctx, sc, name, func(tx *store.Tx, c *content, dropped int) (audit.Act, error) {
		out = Added{Left: map[string]int{}, More: more, Dropped: dropped}
		for why, n := range left {
			out.Left[why] = n
		}
		for _, x := range good {
			switch {
			case slices.ContainsFunc(c.Examples, func(e Entry) bool { return e.Sample == x.Sample || e.Hash == x.Hash }):
				out.Known++
			case len(c.Examples) >= MaxExamples:
				out.Left[LeftFull]++
			default:
				c.Examples = append(c.Examples, Entry{x.Sample, x.Hash, from})
				out.Added++
			}
		}
		return audit.Act{Action: "example.add", Detail: map[string]any{"from": from, "added": out.Added, "known": out.Known, "left": out.Left}}, nil
	}, parent, &out.Library)
	return out, err
}

// ordered finds the samples of an order, and what is said of where they are from.
func (l *Libraries) ordered(ctx context.Context, sc scope.Scope, o Order) (ids []string, from string, parent wenyuan.Version, more bool, err error) {
	n := 0
	for _, given := range []bool{o.Task != "", o.Dataset != "", len(o.Samples) > 0} {
		if given {
			n++
		}
	}
	switch {
	case n != 1 || len(o.Samples) > MaxExamples:
		err = &wenyuan.Error{Code: wenyuan.Invalid, Message: "it is not said what is to be added", Hint: fmt.Sprintf("name a task for judges, a data set, or up to %d samples", MaxExamples)}
	case l.Sets == nil || o.Task != "" && l.Judging == nil:
		err = &wenyuan.Error{Code: wenyuan.Unavailable, Message: "no samples are kept here", Hint: "add examples where the program learns"}
	case o.Task != "":
		ids, more, err = l.Judging.Made(ctx, sc, o.Task, mostLooked)
		from = "judging:" + o.Task
	case o.Dataset != "":
		parent, ids, more, err = l.Sets.SaidOf(ctx, sc, o.Dataset, o.Liked, mostLooked)
		from = "dataset:" + parent.Hash
	default:
		ids = slices.Clone(o.Samples)
		slices.Sort(ids)
		ids = slices.Compact(ids)
	}
	return ids, from, parent, more, err
}

// mostLooked is how many samples of a task or a set are looked at for examples.
const mostLooked = 5000

// Remove takes examples out of a library, by their samples, as a new version: no assistant shows them any more, whatever version of
// the library it names. Needs Edit; p has to see the samples.
func (l *Libraries) Remove(ctx context.Context, sc scope.Scope, p wenyuan.Principal, name string, samples []string) (out Listed, err error) {
	if err := mayEdit(sc); err != nil {
		return out, err
	}
	if len(samples) == 0 || len(samples) > MaxExamples {
		return out, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("name 1 to %d examples", MaxExamples), Hint: "wenyuan prompt examples show lists them"}
	}
	err = l.change(ctx, sc, name, func(tx *store.Tx, c *content, _ int) (audit.Act, error) {
		seen, err := dataset.Visible(ctx, tx, sc, p, samples)
		if err != nil {
			return audit.Act{}, err
		}
		for _, id := range samples {
			at := slices.IndexFunc(c.Examples, func(e Entry) bool { return e.Sample == id })
			if at < 0 || !seen[id] {
				return audit.Act{}, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("the example library %q has no example %q", name, id), Hint: "wenyuan prompt examples show lists them"}
			}
			c.Examples = slices.Delete(c.Examples, at, at+1)
		}
		return audit.Act{Action: "example.remove", Detail: map[string]any{"examples": len(samples)}}, nil
	}, wenyuan.Version{}, &out)
	return out, err
}

// Drop takes a library out of use: no assistant shows an example of it any more. Its versions stay, without words. Needs Edit.
func (l *Libraries) Drop(ctx context.Context, sc scope.Scope, name string) error {
	if err := mayEdit(sc); err != nil {
		return err
	}
	return l.Store.Write(ctx, func(tx *store.Tx) error {
		v, _, err := current(ctx, tx, sc, name)
		if err != nil {
			return err
		}
		if err := version.Unlabel(ctx, tx, sc.Space(), Kind, name, version.Production); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "example.drop", Object: name, Version: v.Hash})
	})
}

// change makes a new version of a library and puts it in use. Adding may begin one. What was erased since is no longer named.
func (l *Libraries) change(ctx context.Context, sc scope.Scope, name string, f func(tx *store.Tx, c *content, dropped int) (audit.Act, error), parent wenyuan.Version, out *Listed) error {
	return l.Store.Write(ctx, func(tx *store.Tx) error {
		before, c, err := current(ctx, tx, sc, name)
		begins := wenyuan.CodeOf(err) == wenyuan.NotFound
		if err != nil && !begins {
			return err
		}
		if begins {
			if err := fits(ctx, tx, sc); err != nil {
				return err
			}
		}
		c.Name = name
		dropped, err := c.prune(ctx, tx, sc)
		if err != nil {
			return err
		}
		n := len(c.Examples)
		act, err := f(tx, &c, dropped)
		if err != nil {
			return err
		}
		if begins && len(c.Examples) == 0 {
			*out = Listed{Name: name}
			if act.Action == "example.add" {
				return nil // nothing was worth it, and there is no library
			}
			return noLibrary(name)
		}
		if *out = (Listed{name, before.Hash, len(c.Examples), before.Moved}); !begins && n == len(c.Examples) && dropped == 0 {
			return nil
		}
		v, err := version.Put(ctx, tx, sc.Space(), Kind, name, c)
		if err != nil {
			return err
		}
		if err := version.Label(ctx, tx, sc.Space(), Kind, name, version.Production, v.Hash); err != nil {
			return err
		}
		for _, from := range []wenyuan.Version{before.Version, parent} {
			if from.Hash == "" || from.Kind == Kind && from.Hash == v.Hash {
				continue
			}
			if err := version.Edge(ctx, tx, sc.Space(), from, v); err != nil {
				return err
			}
		}
		out.Hash, out.Moved = v.Hash, tx.Now
		act.Space, act.Object, act.Version = sc.Space(), name, v.Hash
		return audit.Append(ctx, tx, act)
	})
}

// fits says whether the space may have one library more.
func fits(ctx context.Context, tx *store.Tx, sc scope.Scope) error {
	all, err := version.InUse(ctx, tx, sc.Space(), Kind, "")
	if err == nil && len(all) >= MaxLibraries {
		err = &wenyuan.Error{Code: wenyuan.Limited, Message: fmt.Sprintf("there are %d example libraries already", len(all)), Hint: "remove one that nobody uses, or add to one of them"}
	}
	return err
}

// prune forgets the examples whose words were erased, and says how many there were.
func (c *content) prune(ctx context.Context, tx *store.Tx, sc scope.Scope) (int, error) {
	there, err := dataset.ExemplarQuestions(ctx, tx, sc, c.ids())
	if err != nil {
		return 0, err
	}
	n := len(c.Examples)
	c.Examples = slices.DeleteFunc(slices.Clone(c.Examples), func(e Entry) bool { _, ok := there[e.Sample]; return !ok })
	return n - len(c.Examples), nil
}
