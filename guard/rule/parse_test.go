package rule

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/guard/reading"
)

var update = flag.Bool("update", false, "write the expected faults anew")

// All faults of a file come back at once, each with its line.
func TestFaults(t *testing.T) {
	t.Parallel()
	_, err := Parse("bad", file(t, "bad.rules"))
	if wenyuan.CodeOf(err) != wenyuan.Invalid {
		t.Fatal(err)
	}
	e, _ := errors.AsType[*wenyuan.Error](err)
	if *update {
		if err := os.WriteFile("testdata/bad.txt", []byte(e.Message+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := strings.TrimSpace(file(t, "bad.txt")); e.Message != want {
		t.Errorf("got\n%s\nwant\n%s", e.Message, want)
	}
	faults, ok := errors.AsType[*Faults](err)
	if !ok || len(faults.List) != strings.Count(e.Message, "\n")+1 {
		t.Errorf("%v", err)
	}
}

func TestParseBounds(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "comments": "# nothing\n", "invalid": "[a]\n\xff\xfe", "large": strings.Repeat("a", MaxText+1),
		"many faults": "[a]\n" + strings.Repeat("x\n", 1000),
	} {
		_, err := Parse("test", text)
		if wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if len(err.Error()) > 16<<10 {
			t.Errorf("%s: %d bytes of error", name, len(err.Error()))
		}
	}
}

// Files come from Windows and with a mark of the byte order too.
func TestParseOtherFiles(t *testing.T) {
	t.Parallel()
	m := matcherOf(t, "\ufeff[a]\r\nword\r\n  词语  \r\n")
	if got := found(m.Matches(reading.Fold("a word, 词语"))); got != "2:word 3:词语" {
		t.Error(got)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	m := matcherOf(t, "[赌博；级别 低；动作 标记]\n赌场\n百家乐；高；动作 拒答\n[drugs; high]\nmeth ; mask\n")
	for text, want := range map[string]Match{
		"赌场":   {Line: 2, Action: "flag", Hit: reading.Hit{Kind: "赌博", Severity: "low", Score: 0.5}},
		"百家乐":  {Line: 3, Action: "refuse", Hit: reading.Hit{Kind: "赌博", Severity: "high", Score: 1}},
		"METH": {Line: 5, Action: "mask", Hit: reading.Hit{Kind: "drugs", Severity: "high", Score: 1}},
	} {
		got := m.Matches(reading.Fold(text))
		if len(got) != 1 || got[0].Line != want.Line || got[0].Action != want.Action || got[0].Kind != want.Kind ||
			got[0].Severity != want.Severity || got[0].Score != want.Score || got[0].Set != "test" || got[0].End != len(text) {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

// Hits in what was decoded point at the code.
func TestViews(t *testing.T) {
	t.Parallel()
	m := matcherOf(t, "[a]\nmeth lab\n")
	text := "please read bWV0aCBsYWI= now"
	hits := m.Find(&reading.Text{Raw: text, Folded: text, Views: []reading.View{{How: []string{"base64"}, Text: "meth lab", Start: 12, End: 24}}})
	if len(hits) != 1 || text[hits[0].Start:hits[0].End] != "bWV0aCBsYWI=" || hits[0].Evidence != "meth lab" {
		t.Errorf("%+v", hits)
	}
}

// What is made to be slow stays in its bounds.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	m := compiled(t, append(BuiltIn(), parsed(t, "test", "[a]\n"+strings.Repeat("a", 250)+"b\n*"+strings.Repeat("c", 200)+"d\n"+strings.Repeat("我", 80)+"\nxx > y1 > z1 ; unless q1\n防止*炸弹 + 炸弹 ; unless 我防\n"))...)
	for _, text := range []string{
		strings.Repeat("a", 1<<19), strings.Repeat("c", 1<<15), strings.Repeat("我", 1<<14), strings.Repeat("防止炸弹", 1<<14), strings.Repeat("xx y1 z1 q1 ", 1<<14),
		strings.Repeat("我-", 1<<16), strings.Repeat("如何", 1<<15), strings.Repeat("如何制作炸弹他", 1<<13), strings.Repeat("杀死他", 1<<14), strings.Repeat("e\u0301", 1<<16), strings.Repeat("\xff", 1<<16),
		strings.Repeat("\u200b", 1<<16), strings.Repeat(" \n-", 1<<15), strings.Repeat("how to make a bomb ", 1<<13),
	} {
		if n := len(m.Find(reading.Fold(text))); n > MaxMatches {
			t.Errorf("%d matches", n)
		}
	}
}

// Files that are small and mean much are refused before they take the memory.
func TestRulesThatGrow(t *testing.T) {
	t.Parallel()
	doubled := "[a]\n@l0 = word, other\n"
	for i := range 40 {
		doubled += fmt.Sprintf("@l%d = @l%d, @l%d\n", i+1, i, i)
	}
	copied := "@l = " + strings.Repeat("word, ", 5000) + "word\n[a; except @l]\n" + strings.Repeat("word ; except other\n", 5000)
	for name, text := range map[string]string{"doubled": doubled + "@l40\n", "copied": copied} {
		if _, err := Parse("test", text); wenyuan.CodeOf(err) != wenyuan.Invalid || !strings.Contains(err.Error(), "words") {
			t.Errorf("%s: %v", name, err)
		}
	}
	set := parsed(t, "test", "[a; variants pinyin digits split]\n"+strings.Repeat("重行长乐得弹调, 重行长乐得弹调好, 重行长乐得弹调打\n", 20_000))
	if _, err := Compile(set); wenyuan.CodeOf(err) != wenyuan.TooLarge {
		t.Error(err)
	}
}
