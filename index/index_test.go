package index

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"wenyuan/internal/scope"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if dir, err := large(); err == nil {
			os.RemoveAll(dir)
		}
		os.Exit(code)
	}))
}

const space = "main"

var everyone = scope.Space(space)

func open(t testing.TB, dir string) *Index {
	t.Helper()
	x, err := Open(Options{Dir: dir, Space: space, Embedding: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

func apply(t testing.TB, x *Index, b Batch) {
	t.Helper()
	b.Change = x.Change() + 1
	if err := x.Apply(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// one is a document of one passage.
func one(id, text string) Entry {
	return Entry{Passage: id + "-p", Document: id, Text: text}
}

func search(t testing.TB, x *Index, sc scope.Scope, q Query) []string {
	t.Helper()
	hits, err := x.Search(t.Context(), sc, q)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, h := range hits {
		out = append(out, h.Document)
	}
	return out
}

var library = []Entry{
	one("broker", "The broker stores messages on disk and hands them to consumers."),
	one("queue", "消息队列把生产者和消费者分开，消息按顺序保存。"),
	one("config", "Set defaultMQProducer retries with the option max_retry_times; error ERR-1042 means that v5.3.1 is too old."),
	one("trad", "訊息佇列的備份與復原，資料會寫入磁碟。"),
	one("wide", "ＲｏｃｋｅｔＭＱ　５．０ 支持 gRPC 协议。"),
}

func TestSearchFindsWhatIsWritten(t *testing.T) {
	t.Parallel()
	x := open(t, t.TempDir())
	apply(t, x, Batch{Add: library})
	for question, want := range map[string]string{
		"who is storing a message on disks": "broker",
		"消费者的顺序":                            "queue",
		"defaultMQProducer":                 "config",
		"defaultmqproducer":                 "config",
		"producer retry":                    "config",
		"max_retry_times":                   "config",
		"ERR-1042":                          "config",
		"err 1042":                          "config",
		"v5.3.1":                            "config",
		"备份数据":                              "trad",
		"写入磁盘":                              "broker", // 磁盘 and 磁碟 are different words
		"資料的備份":                             "trad",
		"消費者":                               "queue",
		"RocketMQ 5.0":                      "wide",
		"GRPC":                              "wide",
		"ｇｒｐｃ":                              "wide",
	} {
		got := search(t, x, everyone, Query{Text: question})
		if question == "写入磁盘" {
			if len(got) == 0 || got[0] != "trad" {
				t.Errorf("%q found %v, not trad by 写入", question, got)
			}
			continue
		}
		if len(got) == 0 || got[0] != want {
			t.Errorf("%q found %v, want %s first", question, got, want)
		}
	}
	for _, nothing := range []string{"", "zzzzqqqq", "！？。", "龘龘龘龘"} {
		if got := search(t, x, everyone, Query{Text: nothing}); len(got) != 0 {
			t.Errorf("%q found %v", nothing, got)
		}
	}
}

func TestScopeIsAppliedInside(t *testing.T) {
	t.Parallel()
	x := open(t, t.TempDir())
	apply(t, x, Batch{Add: library})
	q := Query{Text: "messages 消息 defaultMQProducer 备份"}
	if got := search(t, x, scope.Scope{}, q); len(got) != 0 {
		t.Errorf("the zero scope sees %v", got)
	}
	if got := search(t, x, scope.Space("other"), q); len(got) != 0 {
		t.Errorf("the scope of another space sees %v", got)
	}
	if got := search(t, x, scope.Documents(space, []string{"queue"}), q); !cmp.Equal(got, []string{"queue"}) {
		t.Errorf("a scope of one document sees %v", got)
	}
}

func TestStepsReplaceAndRemove(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	x := open(t, dir)
	apply(t, x, Batch{Add: library})
	apply(t, x, Batch{Add: []Entry{one("broker", "Nothing but turtles here.")}, Remove: []string{"wide", "unknown"}})
	check := func(x *Index) {
		t.Helper()
		if got := search(t, x, everyone, Query{Text: "consumers disk"}); len(got) != 0 {
			t.Errorf("the old text is still found: %v", got)
		}
		if got := search(t, x, everyone, Query{Text: "turtle"}); !cmp.Equal(got, []string{"broker"}) {
			t.Errorf("the new text is not found: %v", got)
		}
		if got := search(t, x, everyone, Query{Text: "gRPC"}); len(got) != 0 {
			t.Errorf("a removed document is found: %v", got)
		}
		if s := x.Stats(); s.Documents != 4 || s.Passages != 4 {
			t.Errorf("stats %+v", s)
		}
	}
	check(x)
	if err := x.Apply(t.Context(), Batch{Change: 2}); err == nil {
		t.Error("a change that does not grow was taken")
	}
	x.Close()
	y := open(t, dir)
	if y.Change() != 2 || y.Rebuilt() != "" {
		t.Errorf("opened at %d, rebuilt %q", y.Change(), y.Rebuilt())
	}
	check(y)
}

func TestSectionsArePutTogether(t *testing.T) {
	t.Parallel()
	x := open(t, t.TempDir())
	apply(t, x, Batch{Add: []Entry{
		{Passage: "a1", Document: "a", Section: 0, Title: "Storage", Text: "The commit log holds all messages."},
		{Passage: "a2", Document: "a", Section: 0, Title: "Storage", Text: "It is flushed to the disk asynchronously."},
		{Passage: "a3", Document: "a", Section: 1, Title: "Network", Text: "Remoting uses netty for the disk of clients."},
		{Passage: "b1", Document: "b", Section: 0, Title: "Else", Text: "Something about messages only."},
	}})
	hits, err := x.Search(t.Context(), everyone, Query{Text: "messages flushed storage"})
	if err != nil || len(hits) < 2 || hits[0].Passage != "a2" || hits[1].Passage != "a1" {
		t.Fatalf("hits %v, %v; want both passages of the section, the one with the rarer word first", hits, err)
	}
	single, err := x.Search(t.Context(), everyone, Query{Text: "messages flushed storage", Single: true})
	if err != nil || len(single) != 2 || single[0].Passage != "a2" || single[1].Passage != "b1" {
		t.Fatalf("single %v, %v", single, err)
	}
}

func TestGivenVectors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	x := open(t, dir)
	e := []Entry{one("a", "apple"), one("b", "banana"), one("c", "cherry"), one("d", "without")}
	e[0].Vector, e[1].Vector, e[2].Vector = []float32{1, 0, 0}, []float32{0, 2, 0}, []float32{0, 1, 1}
	apply(t, x, Batch{Add: e})
	q := Query{Text: "apple", Vector: []float32{0, 1, 0.1}, Arm: Vectors}
	for range 2 {
		if got := search(t, x, everyone, q); len(got) < 2 || got[0] != "b" || got[1] != "c" {
			t.Errorf("by vectors: %v", got)
		}
		if got := search(t, x, everyone, Query{Text: "apple", Vector: q.Vector}); len(got) < 2 || got[0] != "a" && got[0] != "b" {
			t.Errorf("fused: %v", got)
		}
		if got := search(t, x, scope.Documents(space, []string{"c", "d"}), q); len(got) == 0 || got[0] != "c" {
			t.Errorf("by vectors in a scope: %v", got)
		}
		x.Close()
		x = open(t, dir)
	}
	if _, err := x.Search(t.Context(), everyone, Query{Text: "apple", Vector: []float32{1}}); err == nil {
		t.Error("a question's vector of another length was taken")
	}
	bad := one("e", "fig")
	bad.Vector = []float32{1}
	if err := x.Apply(t.Context(), Batch{Change: 9, Add: []Entry{bad}}); err == nil {
		t.Error("a vector of another length was taken")
	}
}

// corpus makes documents about a few subjects, so that there is something to learn.
func corpus(n int) []Entry {
	subjects := []string{
		"broker message disk commit log flush storage replica 存储 消息 磁盘 刷盘 主从",
		"consumer group offset rebalance subscription pull push 消费者 消费组 位点 负载均衡",
		"producer transaction half message commit rollback check 生产者 事务 回查 提交 回滚",
	}
	var out []Entry
	for i := range n {
		words := strings.Fields(subjects[i%len(subjects)])
		var b strings.Builder
		for j := range 12 {
			b.WriteString(words[(i*7+j*j+j)%len(words)] + " ")
		}
		fmt.Fprintf(&b, "item%d", i)
		id := fmt.Sprintf("doc%04d", i)
		out = append(out, Entry{Passage: id + "-0", Document: id, Title: "Subject " + words[0], Text: b.String(), Group: fmt.Sprint("page", i/4)},
			Entry{Passage: id + "-1", Document: id, Section: i % 2, Title: "Subject " + words[0], Text: words[i%len(words)] + " more", Group: fmt.Sprint("page", i/4)})
	}
	return out
}

func TestLearn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	x := open(t, dir)
	if x.Stale() {
		t.Error("an empty index wants to learn")
	}
	apply(t, x, Batch{Add: corpus(60)})
	apply(t, x, Batch{Add: corpus(80)[120:]})
	if !x.Stale() {
		t.Error("an index that never learned is not stale")
	}
	v, err := x.Learn(t.Context())
	if err != nil || len(v) != 64 {
		t.Fatalf("learned %q, %v", v, err)
	}
	if again, err := x.Learn(t.Context()); err != nil || again != v {
		t.Errorf("learning the same again gave %q, %v", again, err)
	}
	// rollback and consumer never stand in one text, but the words around them do
	got := search(t, x, everyone, Query{Text: "rollback", Arm: Vectors, K: 5})
	for _, d := range got {
		var n int
		fmt.Sscanf(d, "doc%04d", &n)
		if n%3 != 2 {
			t.Errorf("rollback found %s of another subject", d)
		}
	}
	apply(t, x, Batch{Add: []Entry{one("new", "producer transaction half message")}, Remove: []string{"doc0003"}})
	want := search(t, x, everyone, Query{Text: "事务 回滚", K: 20})
	x.Close()
	y := open(t, dir)
	if y.Stats().Learned != v {
		t.Errorf("reopened with %q", y.Stats().Learned)
	}
	if got := search(t, y, everyone, Query{Text: "事务 回滚", K: 20}); !cmp.Equal(got, want) {
		t.Errorf("reopened: %v, before %v", got, want)
	}
	apply(t, y, Batch{Remove: []string{"doc0001", "doc0002"}, Add: corpus(100)[160:]})
	if !y.Stale() {
		t.Error("not stale after a change")
	}
}

func TestMergingChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole, pieces := open(t, t.TempDir()), open(t, dir)
	all := corpus(90)
	apply(t, whole, Batch{Add: all})
	for i := 0; i < len(all); i += 4 {
		apply(t, pieces, Batch{Add: all[i : i+4]})
	}
	if n := pieces.Stats().Segments; n >= mergeFactor {
		t.Errorf("%d segments", n)
	}
	for _, learned := range []bool{false, true} {
		if learned {
			v, err := whole.Learn(t.Context())
			w, err2 := pieces.Learn(t.Context())
			if v != w || err != nil || err2 != nil {
				t.Errorf("learned %s and %s, %v, %v", v, w, err, err2)
			}
		}
		for _, q := range []string{"broker 磁盘", "consumer offset item7", "事务消息的回查", "more"} {
			a, _ := whole.Search(t.Context(), everyone, Query{Text: q, K: 50})
			b, _ := pieces.Search(t.Context(), everyone, Query{Text: q, K: 50})
			if diff := cmp.Diff(a, b); diff != "" {
				t.Errorf("learned %v, %s: %s", learned, q, diff)
			}
		}
	}
	pieces.Close()
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(found) != 4 { // manifest, segment, model, features
		t.Errorf("left behind: %v, %v", found, err)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	x := open(t, t.TempDir())
	x.Close()
	x.Close()
	if _, err := x.Search(context.Background(), everyone, Query{Text: "a"}); err == nil {
		t.Error("a closed index answered")
	}
	if err := x.Apply(context.Background(), Batch{Change: 1}); err == nil {
		t.Error("a closed index took a step")
	}
	if _, err := x.Learn(context.Background()); err == nil {
		t.Error("a closed index learned")
	}
	if x.Change() != 0 || x.Stale() || x.Weigh(everyone, "a") != nil || x.Stats() != (Stats{}) {
		t.Error("a closed index says something")
	}
}

func TestAnotherEmbeddingIsRebuilt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	x := open(t, dir)
	apply(t, x, Batch{Add: library})
	x.Close()
	y, err := Open(Options{Dir: dir, Space: space, Embedding: "other"})
	if err != nil || y.Change() != 0 || y.Rebuilt() == "" {
		t.Fatalf("change %d, rebuilt %q, %v", y.Change(), y.Rebuilt(), err)
	}
	y.Close()
}

func TestLimits(t *testing.T) {
	t.Parallel()
	x := open(t, t.TempDir())
	apply(t, x, Batch{Add: library})
	for _, q := range []Query{{Text: "a", K: -1}, {Text: "a", K: MaxK + 1}, {Text: strings.Repeat("a", maxQuestion+1)}} {
		if _, err := x.Search(t.Context(), everyone, q); err == nil {
			t.Errorf("a query of %d bytes for %d was taken", len(q.Text), q.K)
		}
	}
	if _, err := x.Search(t.Context(), everyone, Query{Text: strings.Repeat("消息队列 message ", 2000)}); err != nil {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := x.Search(ctx, everyone, Query{Text: "a"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped search gave %v", err)
	}
	if _, err := os.Stat(filepath.Join(x.o.Dir, manifestFile)); err != nil {
		t.Error(err)
	}
}
