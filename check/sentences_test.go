package check

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestSentences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", " \n\t\n", nil},
		{"two", "One is here. Two is there.", []string{"One is here.", "Two is there."}},
		{"no stop at the end", "One is here. Two is there", []string{"One is here.", "Two is there"}},
		{"chinese", "消息先写入磁盘。然后返回！好吗？好", []string{"消息先写入磁盘。", "然后返回！", "好吗？", "好"}},
		{"mixed", "Broker 会重试。It waits 10 s. 然后停止。", []string{"Broker 会重试。", "It waits 10 s.", "然后停止。"}},
		{"decimals", "It takes 3.5 s. Version 5.1.0 fixed it.", []string{"It takes 3.5 s.", "Version 5.1.0 fixed it."}},
		{"version at the end", "Upgrade to v5.1. Then restart.", []string{"Upgrade to v5.1.", "Then restart."}},
		{"abbreviations", "Use a port, e.g. 10911, vs. none. Dr. J. K. Smith of Acme Inc. agrees.", []string{"Use a port, e.g. 10911, vs. none.", "Dr. J. K. Smith of Acme Inc. agrees."}},
		{"etc ends", "It has queues, topics, etc. The rest is fine.", []string{"It has queues, topics, etc.", "The rest is fine."}},
		{"number mark", "See No. 5 first. Is it on? No. It is off.", []string{"See No. 5 first.", "Is it on?", "No.", "It is off."}},
		{"names with dots", "Edit conf/broker.conf and a.b.C now. Done.", []string{"Edit conf/broker.conf and a.b.C now.", "Done."}},
		{"quotation", "He said “It is on. Leave it.” and left. She stayed.", []string{"He said “It is on. Leave it.” and left.", "She stayed."}},
		{"quotation ends", `She said "It is on." Then she left.`, []string{`She said "It is on."`, "Then she left."}},
		{"chinese quotation", "他说：“先停。再启动。”然后离开。", []string{"他说：“先停。再启动。”", "然后离开。"}},
		{"chinese quotation goes on", "名为“停。走。”的命令可用。完。", []string{"名为“停。走。”的命令可用。", "完。"}},
		{"brackets", "It works (see A. B is old.) today. Yes.", []string{"It works (see A. B is old.) today.", "Yes."}},
		{"code", "Run `a. B` now. Then `c`.", []string{"Run `a. B` now.", "Then `c`."}},
		{"lone quote", "Size is 5\" wide. It fits.", []string{"Size is 5\" wide.", "It fits."}},
		{"list", "- One thing. More.\n- Two\n1. Third. Last.\n2) Next\n三、开头。再来。", []string{"- One thing.", "More.", "- Two", "1. Third.", "Last.", "2) Next", "三、开头。", "再来。"}},
		{"heading", "# How it works\nIt works.", []string{"# How it works", "It works."}},
		{"title line", "Quick start\nThe broker is started first.", []string{"Quick start", "The broker is started first."}},
		{"wrapped", "The broker keeps every message on disk until the\nretention time is over. Then it goes.", []string{"The broker keeps every message on disk until the\nretention time is over.", "Then it goes."}},
		{"wrapped chinese", "消费者在收到消息之后必须返回确认，否则服务端会在一段时间\n之后重新投递。", []string{"消费者在收到消息之后必须返回确认，否则服务端会在一段时间\n之后重新投递。"}},
		{"table", "| a. B | c |\n|---|---|\n| 1 | 2. X |\nAfter.", []string{"| a. B | c |", "|---|---|", "| 1 | 2. X |", "After."}},
		{"fence", "Run:\n```sh\na. B\n\nc\n```\nDone.", []string{"Run:", "```sh\na. B\n\nc\n```", "Done."}},
		{"open fence", "```\na\nb", []string{"```\na\nb"}},
		{"markers", "It is on. [1][2] It is off.[3] 关闭。[4] 再开。", []string{"It is on. [1][2]", "It is off.[3]", "关闭。[4]", "再开。"}},
		{"link is no marker", "It is on. [Guide](x) tells more.", []string{"It is on.", "[Guide](x) tells more."}},
		{"marks together", "Really?! Yes... No", []string{"Really?!", "Yes...", "No"}},
		{"ascii stop in chinese", "先停止.再启动!完成", []string{"先停止.", "再启动!", "完成"}},
		{"chinese semicolon", "先停止；再启动。", []string{"先停止；再启动。"}},
		{"url", "See http://a.b/c?d=e. Then go.", []string{"See http://a.b/c?d=e.", "Then go."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, cutSentences(c.text)); diff != "" {
				t.Errorf("Sentences(%q) (-want +got):\n%s", c.text, diff)
			}
		})
	}
}

func cutSentences(text string) []string {
	var out []string
	r := []rune(text)
	for _, s := range Sentences(text) {
		out = append(out, string(r[s.Start:s.End]))
	}
	return out
}

func FuzzSentences(f *testing.F) {
	for _, s := range []string{"a. B", "“。”x", "```\n", "| a |\n", "1. 2. 3", "(.)", "[1]", "…", "\xff.", "`"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := []rune(text)
		at := 0
		for _, s := range Sentences(text) {
			if s.Start < at || s.End <= s.Start || s.End > len(r) {
				t.Fatalf("range %v after %d of %d", s, at, len(r))
			}
			if strings.TrimSpace(string(r[at:s.Start])) != "" {
				t.Fatalf("left out %q", string(r[at:s.Start]))
			}
			if unicode.IsSpace(r[s.Start]) || unicode.IsSpace(r[s.End-1]) {
				t.Fatalf("not trimmed: %q", string(r[s.Start:s.End]))
			}
			at = s.End
		}
		if strings.TrimSpace(string(r[at:])) != "" {
			t.Fatalf("left out %q", string(r[at:]))
		}
	})
}

func BenchmarkSentences(b *testing.B) {
	text := strings.Repeat("The broker listens on port 10911. 消费者默认最多重试16次。\n\n- one. Two.\n", 50)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Sentences(text)
	}
}
