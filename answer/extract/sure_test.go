package extract_test

import (
	"testing"

	"wenyuan"
	"wenyuan/answer/extract"
)

// TestExtractRefusesNearMisses gives passages that are about the matter and do not hold
// what is asked for, and the same with it.
func TestExtractRefusesNearMisses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		question, without, with string
	}{
		{"When was the Hollow Bridge opened?", "The bridge is painted green and closed to trucks.", "The Hollow Bridge was opened in May 1931."},
		{"How many people live in Varnholt?", "The harbour festival of the town draws crowds.", "Some 4,200 people live in Varnholt."},
		{"白鹭桥是哪一年建成的？", "桥面铺着青石，两侧有栏杆。", "白鹭桥于1931年建成。"},
	} {
		for text, refuse := range map[string]bool{tt.without: true, tt.with: false} {
			p := []wenyuan.Passage{{Title: "Notes", Text: text, End: len([]rune(text))}}
			if _, refused, why := extract.Extract(tt.question, p, extract.Settings{Floor: 0.01}); refused != refuse {
				t.Errorf("%s from %q: refused %v (%s), want %v", tt.question, text, refused, why, refuse)
			}
		}
	}
}

// TestExtractIsAsSureAsWanted moves the bound over a near miss.
func TestExtractIsAsSureAsWanted(t *testing.T) {
	t.Parallel()
	p := []wenyuan.Passage{{Title: "Notes", Text: "The Hollow Bridge was painted in 1990 by the town."}}
	for sure, refuse := range map[float64]bool{-1: false, 0.99: true} {
		if _, refused, _ := extract.Extract("When was the Hollow Bridge opened?", p, extract.Settings{Sure: sure}); refused != refuse {
			t.Errorf("sure %v: refused %v", sure, refused)
		}
	}
}
