package check

import "testing"

var benchEvidence = []Evidence{
	{N: 1, Text: "The broker listens on port 10911."},
	{N: 2, Text: "By default a message is retried at most 16 times, and the first retry waits 10 seconds before version 4.9.1."},
	{N: 3, Text: "Asynchronous flushing increases throughput. The flag flushDiskType does not change how Netty reads requests."},
	{N: 4, Text: "消费者默认最多重试16次，消息保存1000毫秒后由 Broker 异步写入磁盘。"},
	{N: 5, Text: "如果副本数小于2，生产者不能发送消息。"},
}

const (
	benchEnglish = "By default a message is retried at most 16 times, and the first retry waits 10 seconds."
	benchChinese = "消费者默认最多重试16次，消息保存1000毫秒后由 Broker 异步写入磁盘。"
)

func BenchmarkPrepare(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Prepare(benchEvidence)
	}
}

func BenchmarkCheckEnglish(b *testing.B) { benchmarkCheck(b, benchEnglish) }

func BenchmarkCheckChinese(b *testing.B) { benchmarkCheck(b, benchChinese) }

func BenchmarkCheckChanged(b *testing.B) {
	benchmarkCheck(b, "By default a message is retried at least 16 times, and the first retry waits 10 minutes.")
}

func benchmarkCheck(b *testing.B, sentence string) {
	p := Prepare(benchEvidence)
	b.ReportAllocs()
	for b.Loop() {
		p.Check(sentence, nil)
	}
}

func BenchmarkPrepareAndCheck(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Prepare(benchEvidence).Check(benchEnglish, nil)
	}
}
