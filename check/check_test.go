package check

import (
	"strings"
	"testing"

	"wenyuan"
)

var passages = []Evidence{
	{N: 1, Text: "The broker listens on port 10911."},
	{N: 2, Text: "By default a message is retried at most 16 times, and the first retry waits 10 seconds before version 4.9.1."},
	{N: 3, Text: "Asynchronous flushing increases throughput. The flag `flushDiskType` does not change how Netty reads requests."},
	{N: 4, Text: "消费者默认最多重试16次，消息保存1000毫秒后由 Broker 异步写入磁盘。"},
	{N: 5, Text: "如果副本数小于2，生产者不能发送消息。上游系统必须启用校验，价格为 300 元。"},
	{N: 6, Text: "- **maxMessageSize**: the largest message, see [limits](limits.md), 4 MB by default\n- All consumers of a group must subscribe to the same topics."},
	{N: 7, Context: "| key | value | since |", Text: "| brokerName | broker-a | 5.1.0 |"},
	{N: 8, Text: "The release of 2021-05-03 was tested by Apache and by Alibaba in Hangzhou.\nWhat does the name server do?"},
	{N: 10, Text: "2021-05-03 的版本由 Apache 测试。"},
	{N: 11, Text: "The disk must not hold more than 600 GB."},
	{N: 12, Text: "硬盘每天不得写入超过 600 次。"},
	{N: 9, Text: "Some brokers delete old files before midnight. The disk holds 500 GB."},
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	p := Prepare(passages)
	for verdict, sentences := range map[wenyuan.Verdict][]string{
		wenyuan.Supported: {
			"The broker listens on port 10,911.",
			"The broker listens on port 10911",
			"According to the documentation, the broker listens on port 10911.",
			"By default a message is retried at most sixteen times, and the first retry waits 10 s before version 4.9.1.",
			"The flag flushDiskType doesn't change how Netty reads requests.",
			"Asynchronous flushing increases throughput, and the broker listens on port 10911.",
			"Asynchronous flushing increases throughput; some brokers delete old files before midnight.",
			"消费者默认最多重试十六次，消息保存1秒后由 Broker 异步写入磁盘。",
			"根据文档，消費者默認最多重試１６次。",
			"如果副本数小于二，生产者不能发送消息。",
			"需要注意的是，上游系统必须启用校验。",
			"上游系統必須啟用校驗，價格為 三百元。",
			"maxMessageSize: the largest message, see limits, 4 MB by default",
			"- **maxMessageSize**: the largest message, see [limits](limits.md), 4 MB by default",
			"All consumers of a group must subscribe to the same topics.",
			"| brokerName | broker-a | 5.1.0 |",
			"| key | value | since |",
			"The release of May 3, 2021 was tested by Apache and by Alibaba in Hangzhou.",
			"What does the name server do?",
			"The disk holds 500 GB.",
			"2021年5月3日的版本由 Apache 测试。",
		},
		wenyuan.Unsupported: {
			"The broker listens on port 10912.",
			"The proxy listens on port 8081.",
			"By default a message is retried at least 16 times, and the first retry waits 10 seconds before version 4.9.1.",
			"By default a message is retried at most 16 times, and the first retry waits 10 minutes before version 4.9.1.",
			"By default a message is retried at most 16 times, and the first retry waits 10 seconds after version 4.9.1.",
			"By default a message is retried at most 16 times, and the first retry waits 10 seconds before version 4.8.1.",
			"Synchronous flushing increases throughput.",
			"Asynchronous flushing reduces throughput.",
			"Asynchronous flushing does not increase throughput.",
			"The flag flushDiskType changes how Netty reads requests.",
			"The flag flushDiskSize does not change how Netty reads requests.",
			"消费者默认最少重试16次，消息保存1000毫秒后由 Broker 异步写入磁盘。",
			"消费者默认最多重试16次，消息保存1000秒后由 Broker 异步写入磁盘。",
			"消费者默认最多重试16次，消息保存1000毫秒后由 Proxy 异步写入磁盘。",
			"消费者默认最多重试16次，消息保存1000毫秒后由 Broker 同步写入磁盘。",
			"如果副本数小于2，生产者能发送消息。",
			"如果副本数大于2，生产者不能发送消息。",
			"下游系统必须启用校验，价格为 300 元。",
			"上游系统可以启用校验，价格为 300 元。",
			"上游系统必须禁用校验，价格为 300 元。",
			"上游系统必须启用校验，价格为 300 美元。",
			"Some consumers of a group must subscribe to the same topics.",
			"All consumers of a group may subscribe to the same topics.",
			"All consumers of a group must not subscribe to the same topics.",
			"| brokerName | broker-a | 5.2.0 |",
			"The release of 2021-05-04 was tested by Apache and by Alibaba in Hangzhou.",
			"The release of 2021-05-03 was tested by Apache and by Tencent in Hangzhou.",
			"All brokers delete old files before midnight.",
			"The disk holds 500 MB.",
		},
		wenyuan.Unverified: {
			"Name servers keep no state of their own.",
			"The broker is written by a large community of friendly people.",
			"名字服务器之间互不通信。",
			"代理监听的端口是固定的。",
			"Ein Satz in einer anderen Sprache.",
		},
		wenyuan.None: {
			"Here are the steps:",
			"以下是具体步骤：",
			"## How it works",
			"Hello!",
			"你好！",
			"I hope this helps.",
			"希望以上内容对您有帮助。",
			"Thank you for your question.",
			"In summary:",
			"总的来说，",
			"Would you like to know more?",
			"您还想了解哪些内容？",
			"---",
			"|---|---|",
			"",
			"According to the documentation:",
			"具体方法如下：",
		},
	} {
		for _, s := range sentences {
			f := p.Check(s, nil)
			if f.Verdict != verdict {
				t.Errorf("%q is %s (%.2f, %s), want %s", s, f.Verdict, f.Score, f.Reason, verdict)
			}
			if (f.Reason == "") != (f.Verdict == wenyuan.Supported || f.Verdict == wenyuan.None) {
				t.Errorf("%q is %s with the reason %q", s, f.Verdict, f.Reason)
			}
		}
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	p := Prepare(passages)
	for _, c := range []struct{ sentence, disagree, reason string }{
		{"The broker listens on port 10912.", "10912", "Number “10912” here, but “10911” in [1]."},
		{"消费者默认最少重试16次。", "最少", "句中的数量词“最少”与 [4] 中的“最多”不一致。"},
		{"上游系统必须启用校验，价格为 300 美元。", "300 美元", "句中的数值“300 美元”与 [5] 中的“300 元”不一致。"},
		{"The flag flushDiskType changes how Netty reads requests.", "changes", "Negation “not” of [3] is missing."},
		{"The disk holds more than 600 GB.", "more than", "Quantity “more than” here, but “not hold more than” in [11]."},
		{"硬盘每天可以写入超过 600 次。", "超过", "句中的数量词“超过”与 [12] 中的“不得写入超过”不一致。"},
		{"The disk holds 500 GB of data from Kafka.", "Kafka", "Name “Kafka” is in none of the cited passages."},
		{"All consumers of a group must subscribe to the same queues.", "queues", "The cited passages do not have “queues”."},
	} {
		f := p.Check(c.sentence, nil)
		if f.Reason != c.reason {
			t.Errorf("%q: %s (%s)", c.sentence, f.Reason, f.Verdict)
		}
		r := []rune(c.sentence)
		var words []string
		for _, s := range f.Disagree {
			words = append(words, string(r[s.Start:s.End]))
		}
		if got := strings.Join(words, "|"); got != c.disagree {
			t.Errorf("%q: the words that disagree are %q, want %q", c.sentence, got, c.disagree)
		}
	}
}

// Only the evidence that is cited counts, and none named means all.
func TestCited(t *testing.T) {
	t.Parallel()
	p := Prepare(passages)
	const s = "The broker listens on port 10911."
	for _, c := range []struct {
		cited []int
		want  wenyuan.Verdict
		best  int
	}{
		{nil, wenyuan.Supported, 1},
		{[]int{1}, wenyuan.Supported, 1},
		{[]int{2, 1}, wenyuan.Supported, 1},
		{[]int{3}, wenyuan.Unsupported, 0}, // the port is in none of it
		{[]int{99}, wenyuan.Unsupported, 0},
	} {
		f := p.Check(s, c.cited)
		if f.Verdict != c.want || f.Best != c.best {
			t.Errorf("cited %v: %s, best %d, want %s, best %d", c.cited, f.Verdict, f.Best, c.want, c.best)
		}
	}
}

// A claim in another language than its evidence is unverified unless a figure or an
// identifier stands against it.
func TestOtherLanguage(t *testing.T) {
	t.Parallel()
	p := Prepare([]Evidence{{N: 1, Text: "The broker listens on port 10911 and keeps messages for 48 hours."}})
	for s, want := range map[string]wenyuan.Verdict{
		"代理监听端口 10911，消息保留 48 小时。": wenyuan.Unverified,
		"代理监听端口 10912，消息保留 48 小时。": wenyuan.Unsupported,
		"消息不会丢失。":                  wenyuan.Unverified,
	} {
		if f := p.Check(s, nil); f.Verdict != want {
			t.Errorf("%q is %s (%s), want %s", s, f.Verdict, f.Reason, want)
		}
	}
	p = Prepare([]Evidence{{N: 1, Text: "代理监听端口 10911，消息保留 48 小时。"}})
	for s, want := range map[string]wenyuan.Verdict{
		"The broker listens on port 10911 and keeps messages for 48 hours.": wenyuan.Unverified,
		"The broker listens on port 10911 and keeps messages for 72 hours.": wenyuan.Unsupported,
		"Messages are never lost by the Broker.":                            wenyuan.Unverified,
	} {
		if f := p.Check(s, nil); f.Verdict != want {
			t.Errorf("%q is %s (%s), want %s", s, f.Verdict, f.Reason, want)
		}
	}
}

func TestNoEvidence(t *testing.T) {
	t.Parallel()
	for _, ev := range [][]Evidence{nil, {{N: 1}}, {{N: 1, Text: "。"}}, {{N: 1, Text: "nothing to do with it"}}} {
		p := Prepare(ev)
		for _, s := range []string{"The broker listens on port 10911.", "消费者默认最多重试16次。"} {
			if f := p.Check(s, nil); f.Verdict != wenyuan.Unsupported {
				t.Errorf("%q is %s by %v", s, f.Verdict, ev)
			}
		}
	}
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("The broker listens on port 10911. ", 200)
	f := Prepare(passages).Check(long, nil)
	if f.Verdict != wenyuan.Unverified || f.Reason != "Too long to be checked." {
		t.Errorf("%s: %s", f.Verdict, f.Reason)
	}
}
