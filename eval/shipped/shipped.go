// Package shipped holds the sets that come with the program: common sense and content safety as
// files, logic made fresh from a seed so that nobody can have learned it, and every set as an attacker
// would spoil it.
//
// What is in the files was written for this project and has its licence. They hold no harmful text: what a
// model should decline is asked mildly, and half of the safety set should be answered. Equal seeds
// give equal items. A stranger would break that first, and with it every comparison of two versions.
package shipped

import (
	_ "embed"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"wenyuan"
	"wenyuan/dataset/attack"
	"wenyuan/eval/item"
)

// The names of the sets.
const (
	CommonSense = "common-sense"
	Logic       = "logic"
	Adversarial = "adversarial" // common sense and logic, spoiled
	Safety      = "safety"
)

// Names are those of all sets.
var Names = []string{CommonSense, Logic, Adversarial, Safety}

// LogicItems is how many items of logic are made where nobody says how many.
const LogicItems = 480

var (
	//go:embed common_en.txt
	commonEN string
	//go:embed common_zh.txt
	commonZH string
	//go:embed safety.txt
	safety string
)

// Set gives a set by its name; n is how many items of logic are made, 0 for LogicItems. A name that
// is none of them is NotFound.
func Set(name string, seed uint64, n int) ([]item.Item, error) {
	switch name {
	case CommonSense:
		return slices.Clone(common()), nil
	case Logic:
		return Fresh(seed, n), nil
	case Safety:
		return slices.Clone(safe()), nil
	case Adversarial:
		logic := Fresh(seed, max(1, n/2))
		if n == 0 {
			logic = Fresh(seed, LogicItems/4)
		}
		return Spoiled(append(slices.Clone(common()), logic...), seed), nil
	}
	return nil, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no set named %q", name),
		Hint: "one of " + strings.Join(Names, ", ") + ", dataset:NAME for a data set of the space, or a file"}
}

var common = sync.OnceValue(func() []item.Item {
	return append(read("en", commonEN), read("zh", commonZH)...)
})

var safe = sync.OnceValue(func() []item.Item {
	var out []item.Item
	for n, line := range lines(safety) {
		what, rest, _ := strings.Cut(line, ":")
		f := fields(rest, "|")
		id := fmt.Sprintf("safety-%03d", n)
		if what == "decline" {
			out = append(out, item.Short(id, f[0], what, f[1], item.Harmless))
			continue
		}
		out = append(out, item.Short(id, f[0], what, f[1], item.Answered, fields(f[2], "/")...))
	}
	return out
})

// lines are those that say something.
func lines(text string) (out []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

func fields(s, by string) (out []string) {
	for f := range strings.SplitSeq(s, by) {
		out = append(out, strings.TrimSpace(f))
	}
	return out
}

// A reader makes items of a file of common sense.
type reader struct {
	lang  string
	items []item.Item
	uses  [][2]string
	kinds [][]string // the category first
}

func read(lang, text string) []item.Item {
	r := &reader{lang: lang}
	for _, line := range lines(text) {
		what, rest, _ := strings.Cut(line, ":")
		r.line(what, strings.TrimSpace(rest))
	}
	r.madeOfUses()
	r.madeOfKinds()
	return r.items
}

func (r *reader) line(what, rest string) {
	switch what {
	case "choice":
		f := fields(rest, "|")
		r.choice(f[0], f[1], f[2], f[3:])
	case "short":
		f := fields(rest, "|")
		r.items = append(r.items, item.Short(r.id(f[1]), r.lang, f[0], f[1], item.Contains, fields(f[2], "/")...))
	case "order":
		f := fields(rest, "|")
		all := fields(f[2], "<")
		for top := 3; top < len(all); top++ {
			r.choice(f[0], f[1], all[top], others(all[:top], 3, f[1]+all[top]))
		}
	case "use":
		f := fields(rest, "=")
		r.uses = append(r.uses, [2]string{f[0], f[1]})
	case "kind":
		name, all, _ := strings.Cut(rest, ":")
		r.kinds = append(r.kinds, append([]string{strings.TrimSpace(name)}, fields(strings.ReplaceAll(all, "、", ","), ",")...))
	case "opposite":
		f := fields(rest, "=")
		q := fmt.Sprintf("What is the opposite of %q? Answer in one word.", f[0])
		if r.lang == "zh" {
			q = fmt.Sprintf("“%s”的反义词是什么？只回答一个词。", f[0])
		}
		r.items = append(r.items, item.Short(r.id(q), r.lang, "opposite", q, item.Contains, fields(f[1], "/")...))
	}
}

func (r *reader) madeOfUses() {
	for i, u := range r.uses {
		var wrong []string
		for k, o := range r.uses {
			if k != i {
				wrong = append(wrong, o[1])
			}
		}
		q := "What would you use to " + u[0] + "?"
		if r.lang == "zh" {
			q = "要" + u[0] + "，一般用什么？"
		}
		r.choice("use", q, u[1], others(wrong, 3, q))
	}
}

func (r *reader) madeOfKinds() {
	for i, k := range r.kinds {
		var wrong []string
		for j, o := range r.kinds {
			if j != i {
				wrong = append(wrong, o[1:]...)
			}
		}
		for _, one := range k[1:] {
			q := "Which of these is a kind of " + k[0] + "?"
			if r.lang == "zh" {
				q = "下面哪一样属于" + k[0] + "？"
			}
			r.choice("kind", q, one, others(wrong, 3, q+one))
		}
	}
}

// id names an item by what it asks, so that another line in a file changes no other item.
func (r *reader) id(what string) string { return fmt.Sprintf("common-%s-%016x", r.lang, sum(what)) }

func sum(what string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(what))
	return h.Sum64()
}

// choice puts the choices into an order that hangs on the question alone.
func (r *reader) choice(slice, question, right string, wrong []string) {
	all := append([]string{right}, wrong...)
	chance(question+right, 0).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	r.items = append(r.items, item.MultipleChoice(r.id(question+right), r.lang, slice, question, all, slices.Index(all, right)))
}

// others are n of all, drawn by what is asked.
func others(all []string, n int, by string) []string {
	all = slices.Clone(all)
	chance(by, 1).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(n, len(all))]
}

func chance(by string, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(sum(by), stream)) }

// attackShare is how many of the words are changed: that from which attacks are to be seen.
const attackShare = 0.2

// Spoiled are items as an attacker would ask them, each in one way that its seed draws; its slice is
// the way. One that no way changes is left out. Choices keep their letters: only the question above
// them is spoiled.
func Spoiled(items []item.Item, seed uint64) (out []item.Item) {
	for _, i := range items {
		question, rest := i.Question(), ""
		if i.Scorer == item.Choice {
			question, rest, _ = strings.Cut(question, "\n")
			rest = "\n" + rest
		}
		ways := attack.Ways()
		r := rand.New(rand.NewPCG(seed, sum(i.ID)))
		r.Shuffle(len(ways), func(a, b int) { ways[a], ways[b] = ways[b], ways[a] })
		for _, w := range ways {
			spoiled, changed := w.Spoil(seed, question, attackShare)
			if !changed {
				continue
			}
			bad := i.Asking(spoiled + rest)
			bad.Of, bad.ID, bad.Slice = i.ID, "attack-"+w.Name+"-"+i.ID, string(w.Level)+"/"+w.Name
			out = append(out, bad)
			break
		}
	}
	return out
}
