package instruct

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	t.Parallel()
	two := []Task{{"Name a tree.", "The oak."}, {"Sort these:\n3, 1, 2", "1, 2, 3\n\nThat is all."}}
	for name, c := range map[string]struct {
		reply string
		cut   bool
		want  []Task
	}{
		"goes on behind the prompt": {" Name a tree.\nAnswer: The oak.\n\n### Task 10\nInstruction: Sort these:\n3, 1, 2\nAnswer: 1, 2, 3\n\nThat is all.\n", false, two},
		"begins with a head":        {"### Task 9\nInstruction: Name a tree.\nAnswer: The oak.\n### Task 10\nInstruction: Sort these:\n3, 1, 2\nAnswer:\n1, 2, 3\n\nThat is all.", false, two},
		"stars and numbers":         {"**Task 9**\n**Instruction:** Name a tree.\n**Answer:** The oak.\n\n10. Instruction: Sort these:\n3, 1, 2\nOutput: 1, 2, 3\n\nThat is all.", false, two},
		"rules between":             {"Instruction: Name a tree.\nAnswer: The oak.\n---\nInstruction: Sort these:\n3, 1, 2\nAnswer: 1, 2, 3\n\nThat is all.\n---\n", false, two},
		"cut":                       {"Name a tree.\nAnswer: The oak.\n### Task 10\nInstruction: Sort these\nAnswer: 1, 2", true, two[:1]},
		"no answer":                 {"Name a tree.\n### Task 10\nInstruction: Sort these.", false, nil},
		"Chinese":                   {"说出一种树。\n回答：橡树。\n\n### 任务 10\n指令：给下面的数排序：\n3、1、2\n回答：1、2、3", false, []Task{{"说出一种树。", "橡树。"}, {"给下面的数排序：\n3、1、2", "1、2、3"}}},
		"Chinese with stars":        {"**任务 9：**\n**指令**：说出一种树。\n**答案：**橡树。", false, []Task{{"说出一种树。", "橡树。"}}},
		"nothing":                   {"", false, nil},
		"babble":                    {"I would rather not.", false, nil},
	} {
		if d := cmp.Diff(c.want, Parse(c.reply, c.cut)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestPrompt(t *testing.T) {
	t.Parallel()
	shown := []Task{{"Name a tree.", "The oak."}, {"And a bird?", "The owl."}}
	for lang, want := range map[string][]string{
		"en": {"tasks 3 to 10", "### Task 2\nInstruction: And a bird?\nAnswer: The owl.\n", "### Task 3\nInstruction:"},
		"zh": {"第 3 个到第 10 个", "### 任务 2\n指令：And a bird?\n回答：The owl.\n", "### 任务 3\n指令："},
	} {
		system, user := Prompt(lang, shown)
		for _, w := range want {
			if !strings.Contains(user, w) || system == "" {
				t.Errorf("%s: %q is missing in %s", lang, w, user)
			}
		}
		// What is shown is read back as it was.
		if got := Parse(user[strings.Index(user, "###"):], true); len(got) != 2 || got[1] != shown[1] {
			t.Errorf("%s: %+v", lang, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Instruction: a\nAnswer: b\n### Task 2\n", false)
	f.Fuzz(func(t *testing.T, reply string, cut bool) {
		for _, x := range Parse(reply, cut) {
			if strings.TrimSpace(x.Instruction) == "" || strings.TrimSpace(x.Answer) == "" {
				t.Errorf("%q gives %+v", reply, x)
			}
		}
	})
}
