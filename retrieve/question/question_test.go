package question

import (
	"math"
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
		{"泵的转速", "水泵在院子里", 0.75 / 6.75},
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

func TestFitOfAmounts(t *testing.T) {
	t.Parallel()
	tests := []struct{ question, fits, less string }{
		{"how long is it kept", "It is kept for 3 days.", "It has 3 copies."},
		{"how often is it greased", "Grease it every 90 days.", "It turns at 1450 revolutions."},
		{"what is the default port", "It listens on port 7070.", "It exposes 7 values."},
		{"what is the maximum size", "A file has 20 GB at most, whatever its size.", "A file of 20 GB is sent in an hour."},
		{"how many times is it sent", "It is sent 12 times.", "It waits for 12 seconds."},
		{"how many channels are there", "Up to 64 open channels.", "After 14 days it goes."},
		{"how many retries", "Retries | 12 | a remark", "A message of 20 GB."},
		{"保留多久", "保留三天。", "保留三份。"},
		{"最长可以延迟多久", "最多延迟 48 小时。", "延迟 48 小时。"},
		{"最多重试多少次", "最多 12 次。", "最多 12 秒。"},
		{"文件最大可以多大", "文件大小不超过 20 GB。", "不超过 20 个文件。"},
		{"默认端口是多少", "监听 7070 端口。", "有 7 个端口。"},
		{"泵转得多快", "每分钟 1450 转。", "有 1450 台泵。"},
	}
	for _, tt := range tests {
		q := Parse(tt.question, nil)
		if good, less := q.Fit(tt.fits), q.Fit(tt.less); q.Kind != Amount || good < 0.8 || less >= good {
			t.Errorf("%s (%s): %q fits %.1f, %q fits %.1f", tt.question, q.Kind, tt.fits, good, tt.less, less)
		}
	}
}

func TestFitOfDefinitions(t *testing.T) {
	t.Parallel()
	for question, texts := range map[string][2]string{ // what defines it, what does less
		"channel":        {"In Ferry, a channel is a queue of files.", "A channel of the old kind is deleted."},
		"dead letter":    {"It is kept in a box, which is called dead letter.", "A dead letter box is full."},
		"what is a pump": {"A pump is a machine.", "The owner of a pump is somebody."},
		"通道":             {"通道是有名称的文件队列。", "删除通道的命令是新的。"},
		"什么是隔离区":         {"文件移到一个目录，称为隔离区。", "隔离区的文件已经删除。"},
	} {
		q := Parse(question, nil)
		if good, less := q.Fit(texts[0]), q.Fit(texts[1]); q.Kind != Definition || good < 0.8 || less >= good {
			t.Errorf("%s (%s): %q fits %.2f, %q fits %.2f", question, q.Kind, texts[0], good, texts[1], less)
		}
	}
}

func TestForeignSentence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		question, text string
		want           float64
	}{
		{"什么是 Relay", "ferryctl reload", 0},
		{"什么是 Relay", "The Relay passes files on to the sites.", 1},
		{"what is a Relay", "Relay 转发文件。", 1},
		{"Relay", "Relay 转发文件。", 0.5},
		{"Relay", "The Relay passes files on.", 0},
	} {
		if got := Parse(tt.question, nil).ForeignSentence(tt.text); got != tt.want {
			t.Errorf("%q is foreign to %q by %.1f, want %.1f", tt.text, tt.question, got, tt.want)
		}
	}
}

func TestNamedAmong(t *testing.T) {
	t.Parallel()
	q := Parse("什么是通道", nil)
	inner := q.NamedAmong("概念", []string{"概念", "通道（Channel）"})
	outer := q.NamedAmong("通道", []string{"通道", "使用"})
	if inner < 0.99 || outer < 0.7 || outer >= inner {
		t.Errorf("named %.2f by the innermost heading and %.2f by the title", inner, outer)
	}
}

func TestJoined(t *testing.T) {
	t.Parallel()
	for question, want := range map[string]bool{
		"How fast is it and how often is it greased?": true, "转得多快，多久加一次油？": true,
		"What is salt and pepper?": false, "什么是盐，胡椒": false,
	} {
		if got := Parse(question, nil).Joined(); got != want {
			t.Errorf("%s: several things %v, want %v", question, got, want)
		}
	}
}

func TestWeighTrustsASmallCorpusLess(t *testing.T) {
	t.Parallel()
	idf := func(n int) float64 { return math.Log(1 + (float64(n)+0.5)/0.5) }
	small, large := Weigh(idf(2), false, 2), Weigh(idf(5000), false, 5000)
	if small >= Weigh(0.1, true, 2) {
		t.Errorf("a word that two sections lack weighs %.2f, more than one they have", small)
	}
	if large < idf(5000)*0.95 {
		t.Errorf("a word that 5000 sections lack weighs %.2f, want nearly %.2f", large, idf(5000))
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
