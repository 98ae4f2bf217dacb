package question

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func terms(q *Question) string {
	var out []string
	for _, p := range q.Parts {
		out = append(out, p.Term)
	}
	return strings.Join(out, " ")
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text  string
		parts string
		kind  Kind
	}{
		{"How do I change the retention time?", "chang retent time", How},
		{"What is a consumer group?", "consum group", Definition},
		{"How many days of leave do I have?", "dai leav", Amount},
		{"Which receipts are needed?", "receipt", List},
		{"Why was it rejected", "reject", Why},
		{"where is the log", "log", Where},
		{"Is it safe?", "safe", YesNo},
		{"如何修改保留时间？", "修 改 保 留 时 间", How},
		{"什么是消费者分组？", "消 费 者 分 组", Definition},
		{"默认保留多少天", "默 认 保 留", Amount},
		{"為什麼會被退回", "会 退 回", Why},
		{"有哪些票据", "票 据", List},
		{"ERR-1042", "err 1042 err-1042", Definition},
		{"的了吗", "", YesNo},
		{"???", "", Other},
	}
	for _, tt := range tests {
		q := Parse(tt.text, nil)
		if diff := cmp.Diff(tt.parts, terms(q)); diff != "" || q.Kind != tt.kind {
			t.Errorf("%s: kind %s, want %s; parts (-want +got):\n%s", tt.text, q.Kind, tt.kind, diff)
		}
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	weights := Weights{"retent": 4, "time": 2, "保留": 4, "时间": 2, "留时": 9}
	tests := []struct {
		question, text string
		want           float64
	}{
		{"retention time", "The retention of messages.", 4.0 / 6},
		{"retention time", "retentionTime = 3", 1},
		{"retention time", "Nothing of it.", 0},
		{"保留时间", "消息的保留", 4.0 / 6},
		{"保留时间", "消息保留的时间", 1},
		{"保留時間", "消息保留的时间", 1},
		{"", "anything", 0},
	}
	for _, tt := range tests {
		q := Parse(tt.question, weights)
		if got := q.Share(q.In(tt.text)); got < tt.want-1e-9 || got > tt.want+1e-9 {
			t.Errorf("%q has %.3f of %q, want %.3f", tt.text, got, tt.question, tt.want)
		}
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	q := Parse("How do I start the name server?", nil)
	if named, other := q.Named("2.1 Start the NameServer"), q.Named("Stop the broker and the name resolution"); named < 0.75 || other > 0.5 {
		t.Errorf("named %.2f and %.2f, want the first high and the second low", named, other)
	}
}

func TestForeign(t *testing.T) {
	t.Parallel()
	tests := []struct {
		question, text string
		want           bool
	}{
		{"how is the broker started", "如何启动 Broker：执行 mqbroker", true},
		{"如何启动 broker", "Start the broker with mqbroker.", true},
		{"如何启动 broker", "启动 broker", false},
		{"mqbroker", "如何启动 Broker：执行 mqbroker", false},
		{"how is the broker started", "Start the broker 启动", false},
	}
	for _, tt := range tests {
		if got := Parse(tt.question, nil).Foreign(tt.text) == 1; got != tt.want {
			t.Errorf("%q is foreign to %q: %v, want %v", tt.text, tt.question, got, tt.want)
		}
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		question, text string
		want           bool
	}{
		{"how long is it kept", "It is kept for 3 days.", true},
		{"how long is it kept", "It is kept.", false},
		{"保留多久", "保留三天。", true},
		{"what is guest mode", "Guest mode is a network of its own.", true},
		{"what is guest mode", "Switch guest mode on in the menu.", false},
		{"什么是访客模式", "访客模式是一个单独的网络。", true},
		{"什么是访客模式", "在菜单里打开访客模式。", false},
		{"why is it slow", "It is slow because the disk is full.", true},
	}
	for _, tt := range tests {
		if got := Parse(tt.question, nil).Fit(tt.text) >= 0.8; got != tt.want {
			t.Errorf("%q answers %q: %v, want %v", tt.text, tt.question, got, tt.want)
		}
	}
}

func TestShareIsBounded(t *testing.T) {
	t.Parallel()
	word := rapid.SampledFrom([]string{"消息", "保留", "how ", "retention ", "max_size ", "ERR-7 ", "？", "的", "0 ", "é ", "\xff", "maxSize "})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(word, 0, 300).Draw(t, "question"), "")
		q := Parse(text, nil)
		m := q.In(strings.Join(rapid.SliceOfN(word, 0, 20).Draw(t, "text"), ""))
		if s := q.Share(m); s < 0 || s > 1 || len(q.Parts) > MaxParts {
			t.Fatalf("share %v of %d parts", s, len(q.Parts))
		}
		if s := q.Share(q.In(text)); q.Total > 0 && len(q.Parts) < MaxParts && s < 0.999 {
			t.Fatalf("a question has only %.3f of itself: %q", s, text)
		}
	})
}
