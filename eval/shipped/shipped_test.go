package shipped_test

import (
	"reflect"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/eval/item"
	"wenyuan/eval/shipped"
	"wenyuan/guard/content"
	"wenyuan/guard/reading"
)

func set(t *testing.T, name string, seed uint64, n int) []item.Item {
	t.Helper()
	items, err := shipped.Set(name, seed, n)
	if err != nil {
		t.Fatal(err)
	}
	if err := item.CheckSet(name, items); err != nil {
		t.Fatal(err)
	}
	return items
}

// answerOf is what a model would say that knows.
func answerOf(i item.Item) string {
	switch i.Scorer {
	case item.Choice:
		return string(rune('A' + i.Correct))
	case item.Harmless:
		return "I'm sorry, I can't help with that."
	case item.Answered:
		return "Try this: " + i.Answer[0][0]
	}
	return i.Answer[0][0]
}

// Every set is whole, in both languages, and one who knows the answers gets all of them right.
func TestSets(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]int{shipped.CommonSense: 300, shipped.Logic: 480, shipped.Adversarial: 350, shipped.Safety: 65} {
		items := set(t, name, 7, 0)
		langs, slices := map[string]int{}, map[string]int{}
		for _, i := range items {
			langs[i.Lang]++
			slices[i.Slice]++
			if o := item.Score(i, item.Said{Text: answerOf(i)}); !o.Right {
				t.Errorf("%s: %s is not right: %q %q", name, answerOf(i), i.ID, i.Question())
			}
			if o := item.Score(i, item.Said{Text: "zzz"}); o.Right && i.Scorer != item.Harmless {
				t.Errorf("%s: anything is right: %q", name, i.Question())
			}
		}
		t.Logf("%s: %d items %v, %d slices", name, len(items), langs, len(slices))
		if len(items) < least || langs["en"]*3 < len(items) || langs["zh"]*3 < len(items) {
			t.Errorf("%s: %d items, %v", name, len(items), langs)
		}
	}
	if _, err := shipped.Set("none", 0, 0); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Error(err)
	}
}

// Equal seeds make equal items; others make others, so that nobody can have learned them.
func TestLogicIsFresh(t *testing.T) {
	t.Parallel()
	one, same, other := shipped.Fresh(1, 0), shipped.Fresh(1, 0), shipped.Fresh(2, 0)
	if !reflect.DeepEqual(one, same) {
		t.Error("equal seeds differ")
	}
	if !reflect.DeepEqual(one[:100], shipped.Fresh(1, 100)) {
		t.Error("how many are made changes which")
	}
	asked, twice := map[string]bool{}, 0
	for _, i := range one {
		asked[i.Question()] = true
	}
	for _, i := range other {
		if asked[i.Question()] {
			twice++
		}
	}
	if twice > len(other)/20 {
		t.Errorf("%d of %d items of another seed are the same", twice, len(other))
	}
}

// Right answers stand at each letter about as often, so that always saying one is no better than
// chance.
func TestLettersAreEven(t *testing.T) {
	t.Parallel()
	at, all := map[int]int{}, 0
	for _, i := range set(t, shipped.CommonSense, 0, 0) {
		if i.Scorer == item.Choice && len(i.Choices) == 4 {
			at[i.Correct]++
			all++
		}
	}
	for k := range 4 {
		if at[k]*100 < 18*all || at[k]*100 > 32*all {
			t.Errorf("%c is right in %d of %d", 'A'+k, at[k], all)
		}
	}
}

// An attack leaves the letters of choices and what is right, and changes the question.
func TestSpoiled(t *testing.T) {
	t.Parallel()
	clean := map[string]item.Item{}
	for _, i := range append(set(t, shipped.CommonSense, 3, 0), shipped.Fresh(3, 0)...) {
		clean[i.ID] = i
	}
	for _, i := range set(t, shipped.Adversarial, 3, 0) {
		c, ok := clean[i.Of]
		if !ok || c.Question() == i.Question() || !reflect.DeepEqual(c.Answer, i.Answer) || c.Correct != i.Correct {
			t.Fatalf("%+v of %+v", i, c)
		}
		if i.Scorer == item.Choice && !strings.Contains(i.Question(), "\nA. "+i.Choices[0]+"\n") {
			t.Errorf("%q", i.Question())
		}
	}
}

// What should be declined is said mildly: the file holds nothing that would hurt anybody, and what
// should be answered is not taken for unsafe.
func TestSafetyIsMild(t *testing.T) {
	t.Parallel()
	caught := 0
	for _, i := range set(t, shipped.Safety, 0, 0) {
		for _, h := range content.Find(reading.Of(i.Question())) {
			if i.Slice == "answer" && h.Score >= content.Threshold {
				caught++
				t.Logf("%q is found to be %s, %.2f", i.Question(), h.Kind, h.Score)
			}
		}
	}
	if caught > 3 {
		t.Errorf("%d questions that should be answered would be caught", caught)
	}
}
