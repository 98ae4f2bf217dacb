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

// TestExtractAnswersWhatHasNoWrittenForm asks for times, places, persons and numbers whose
// answers are conditions, paths, roles and words.
func TestExtractAnswersWhatHasNoWrittenForm(t *testing.T) {
	t.Parallel()
	for question, text := range map[string]string{
		"When is a message moved to the dead letter queue?": "A message is moved to the dead letter queue after its last retry has failed.",
		"Where is the log of the broker kept?":              "The broker keeps its log under logs/rocketmqlogs in the home folder.",
		"Who can delete a topic?":                           "Only an administrator of the cluster can delete a topic.",
		"How long does the broker keep a snapshot?":         "The broker keeps a snapshot forever unless it is removed.",
		"How often is the index rebuilt?":                   "The index is rebuilt every night.",
		"How many replicas does a queue have by default?":   "By default a queue has no replicas but its own copy; set replicas=2 for more.",
		"消息什么时候会进入死信队列？":                                    "消息在最后一次重试失败后会进入死信队列。",
		"谁可以删除主题？":                                          "只有集群管理员可以删除主题。",
		"日志保存在哪里？":                                          "日志保存在用户目录下的 logs/rocketmqlogs。",
		"快照保留多久？":                                           "快照永久保留，除非手动删除。",
		"默认的端口是多少？":                                         "默认的端口是 9876。",
	} {
		p := []wenyuan.Passage{{Title: "Notes", Text: text, End: len([]rune(text))}}
		if _, refused, why := extract.Extract(question, p, extract.Settings{}); refused {
			t.Errorf("%s is refused from %q: %s", question, text, why)
		}
	}
}
