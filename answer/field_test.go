package answer

import (
	"fmt"
	"testing"
)

// many are as many experts with as many lines as there may be.
func many() (all []Expert) {
	for i := range maxExperts {
		e := Expert{Name: fmt.Sprint("e", i)}
		for k := range maxAbouts / maxExperts {
			e.About = append(e.About, fmt.Sprintf("How is part %d of machine %d replaced, and how often? 机器 %d 的零件多久更换一次？", k, i, i))
		}
		all = append(all, e)
	}
	return all
}

// TestField: words that several experts have tell them less apart, and nothing is near what has no words.
func TestField(t *testing.T) {
	t.Parallel()
	k := wordsOf([]Expert{{About: []string{"brakes and brake pads of the machine"}}, {About: []string{"paid leave; the machine for time"}}, {}})
	for question, want := range map[string][3]bool{"brake pads": {true, false, false}, "leave is paid": {false, true, false}, "天气": {}, "": {}} {
		got := k.byWords(question)
		for i := range want {
			if (got[i] > floorWords) != want[i] {
				t.Errorf("%q is near expert %d by %.2f", question, i, got[i])
			}
		}
	}
	if both := k.byWords("machine brakes"); both[0] <= both[1] {
		t.Errorf("%v", both)
	}
	if c := dot(unit([]float32{1, 2}), unit([]float32{1, 2, 3})); c != 0 {
		t.Errorf("vectors of two lengths are near by %.2f", c)
	}
}

func BenchmarkFieldByWords(b *testing.B) {
	k := wordsOf(many())
	for b.Loop() {
		k.byWords("How often is part 7 of machine 11 replaced? 零件多久更换一次？")
	}
}

func BenchmarkFieldByVectors(b *testing.B) {
	k, v := &aboutness{}, make([]float32, 1024)
	for i := range v {
		v[i] = float32(i%7) - 3
	}
	for _, e := range many() {
		lines := [][]float32{}
		for range e.About {
			lines = append(lines, unit(v))
		}
		k.vectors = append(k.vectors, lines)
	}
	for b.Loop() {
		k.byVectors(v)
	}
}
