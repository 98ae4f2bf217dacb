package retrieve

import (
	"strings"
	"testing"

	"wenyuan"
)

func TestGlossary(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, question, want string }{
		{"Failed messages go to the dead-letter queue (DLQ).", "How do I read the DLQ?", "How do I read the dead-letter queue?"},
		{"Failed messages go to the dead-letter queue (DLQ).", "What is a dead-letter queue?", "What is a DLQ?"},
		{"DLQ (dead letter queue) holds what failed.", "How do I read the DLQ?", "How do I read the dead letter queue?"},
		{"消费失败的消息进入死信队列（Dead-Letter Queue）。", "死信队列怎么查看？", "Dead-Letter Queue 怎么查看？"},
		{"消费失败的消息进入死信队列（Dead-Letter Queue）。", "怎么查看 dead-letter queue？", "怎么查看 死信队列？"},
		{"Dead-Letter Queue（死信队列）", "死信队列怎么查看？", "Dead-Letter Queue 怎么查看？"},
		{"访问控制（ACL，Access Control List）", "ACL 怎么配置？", "访问控制 怎么配置？"},
		{"Use the access control list (ACL) here.", "How do the ACLs work?", "How do the access control list work?"},
		{"alpha repertory television service (ARTS)", "who pays for the arts?", ""},
		{"the settings (see below) matter", "where are the settings?", ""},
		{"the queue (first in, first out)", "what is the queue?", ""},
		{"主题（见下文）", "主题是什么？", ""},
		{"Failed messages go to the dead-letter queue (DLQ).", "Is the DLQ a dead-letter queue?", ""},
		{"Failed messages go to the dead-letter queue (DLQ).", "What is MYDLQS?", ""},
	} {
		got := strings.Join(glossaryOf([]wenyuan.Passage{{Text: tt.text}}).reword(tt.question), " | ")
		if got != tt.want {
			t.Errorf("%q with %q became %q, want %q", tt.question, tt.text, got, tt.want)
		}
	}
}

func FuzzGlossary(f *testing.F) {
	f.Add("Failed messages go to the dead-letter queue (DLQ).", "What is a DLQ?")
	f.Add("消息进入死信队列（Dead-Letter Queue）", "死信队列怎么查看")
	f.Fuzz(func(t *testing.T, text, question string) {
		for _, w := range glossaryOf([]wenyuan.Passage{{Text: text}}).reword(question) {
			if w == question || len(w) > len(question)+len(text) {
				t.Errorf("%q with %q became %q", question, text, w)
			}
		}
	})
}
