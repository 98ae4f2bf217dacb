package session_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/session"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/trace"
)

var (
	li   = wenyuan.Principal{ID: "li", Name: "Li"}
	wang = wenyuan.Principal{ID: "wang", Name: "Wang"}
	main = scope.Space("main")
)

// letters counts a token for two letters, and one for each Chinese character.
func letters(text string) int { return len(text)/3 + 1 }

// A story is told by people who ask in one house.
type story struct {
	*testing.T
	store *store.Store
	rooms *session.Sessions
}

func tell(t *testing.T, c store.Config) *story {
	t.Helper()
	s := storetest.Open(t, c)
	return &story{t, s, session.New(s, letters)}
}

func (s *story) begin(sc scope.Scope, p wenyuan.Principal) session.Conversation {
	s.Helper()
	c, err := s.rooms.Begin(s.Context(), sc, p, wenyuan.Version{Kind: "assistant", Name: "manual", Hash: "h1"}, "")
	if err != nil {
		s.Fatal(err)
	}
	return c
}

// ask saves an answer of one sentence for each document, and what else had a part in it.
func (s *story) ask(sc scope.Scope, p wenyuan.Principal, conversation, question string, said map[string]string, also ...string) string {
	s.Helper()
	var a wenyuan.Answer
	for n, d := range slices.Sorted(func(yield func(string) bool) {
		for d := range said {
			if !yield(d) {
				return
			}
		}
	}) {
		a.Answer += fmt.Sprintf("%s[%d] ", said[d], n+1)
		a.Sentences = append(a.Sentences, wenyuan.Sentence{Text: said[d], Citations: []int{n + 1}, Verdict: wenyuan.Supported})
		a.Citations = append(a.Citations, wenyuan.Citation{N: n + 1, Document: d, Quote: said[d]})
		a.Passages = append(a.Passages, wenyuan.Passage{ID: "p_" + d, Document: d, Text: said[d]})
	}
	r := trace.Start(trace.Trace{Space: sc.Space(), Principal: p.ID, Question: question, Conversation: conversation})
	r.Step("session")("", map[string]any{"documents": also})
	tr := r.End(a)
	err := s.store.Write(s.Context(), func(tx *store.Tx) error {
		if err := trace.Save(s.Context(), tx, tr); err != nil {
			return err
		}
		return s.rooms.Append(s.Context(), tx, sc, p, conversation, question, tr.ID)
	})
	if err != nil {
		s.Fatal(err)
	}
	return tr.ID
}

func (s *story) turns(sc scope.Scope, p wenyuan.Principal, id string) []session.Turn {
	s.Helper()
	turns, err := s.rooms.Turns(s.Context(), sc, p, id, 0, 0)
	if err != nil {
		s.Fatal(err)
	}
	return turns
}

func (s *story) history(sc scope.Scope, p wenyuan.Principal, id string, tokens int) session.History {
	s.Helper()
	h, err := s.rooms.History(s.Context(), sc, p, id, "and now?", tokens, recite)
	if err != nil {
		s.Fatal(err)
	}
	return h
}

// recite is a model that remembers numbers and nothing else.
func recite(_ context.Context, turns []session.Turn) (text string, err error) {
	for _, t := range turns {
		for word := range strings.FieldsSeq(t.Answer.Answer) {
			if len(word) >= 4 && strings.Trim(word, "0123456789") == "" && !strings.Contains(text, word) {
				text += word + " "
			}
		}
	}
	return text + "numbers", nil
}

func (s *story) remove(document string) {
	s.Helper()
	storetest.Write(s, s.store, func(tx *store.Tx) error {
		if err := session.Withdraw(s.Context(), tx, "main", document); err != nil {
			return err
		}
		return trace.Withdraw(s.Context(), tx, "main", document)
	})
}

// summary is what the database holds of a conversation's summary.
func (s *story) summary(id string) (text string) {
	s.Helper()
	storetest.Read(s, s.store, func(tx *store.Tx) error {
		return tx.QueryRow(s.Context(), `SELECT summary FROM conversation WHERE id = $1`, id).Scan(&text)
	})
	return text
}

func wants(t *testing.T, err error, code wenyuan.Code) {
	t.Helper()
	if wenyuan.CodeOf(err) != code || err == nil {
		t.Errorf("%v, want the code %s", err, code)
	}
}

// TestOwner: a conversation is there for the one who began it, in the space where it was
// begun, and for nobody else.
func TestOwner(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := tell(t, c)
		ctx := t.Context()
		mine := s.begin(main, li)
		s.ask(main, li, mine.ID, "死信队列怎么命名？", map[string]string{"d1": "它的名字是 %DLQ%。"})
		for name, who := range map[string]struct {
			sc scope.Scope
			p  wenyuan.Principal
		}{"somebody else": {main, wang}, "another space": {scope.Space("other"), li}, "nobody": {scope.Scope{}, wenyuan.Principal{}}} {
			_, err := s.rooms.Find(ctx, who.sc, who.p, mine.ID)
			wants(t, err, wenyuan.NotFound)
			_, err = s.rooms.Turns(ctx, who.sc, who.p, mine.ID, 0, 0)
			wants(t, err, wenyuan.NotFound)
			_, err = s.rooms.History(ctx, who.sc, who.p, mine.ID, "?", 800, nil)
			wants(t, err, wenyuan.NotFound)
			_, err = s.rooms.Rename(ctx, who.sc, who.p, mine.ID, "theirs")
			wants(t, err, wenyuan.NotFound)
			wants(t, s.rooms.Delete(ctx, who.sc, who.p, mine.ID), wenyuan.NotFound)
			err = s.store.Write(ctx, func(tx *store.Tx) error { return s.rooms.Append(ctx, tx, who.sc, who.p, mine.ID, "q", "trc") })
			wants(t, err, wenyuan.NotFound)
			list, err := s.rooms.List(ctx, who.sc, who.p, session.Page{})
			if len(list) != 0 || err != nil {
				t.Errorf("%s lists %v, %v", name, list, err)
			}
		}
		for _, nobody := range []func() error{
			func() error {
				_, err := s.rooms.Begin(ctx, scope.Scope{}, li, wenyuan.Version{}, "")
				return err
			},
			func() error {
				_, err := s.rooms.Begin(ctx, main, wenyuan.Principal{}, wenyuan.Version{}, "")
				return err
			},
			func() error { _, err := s.rooms.Remember(ctx, main, wenyuan.Principal{}, "x", ""); return err },
		} {
			wants(t, nobody(), wenyuan.Denied)
		}
		got, err := s.rooms.Find(ctx, main, li, mine.ID)
		if err != nil || got.Turns != 1 || got.Title != "死信队列怎么命名？" || got.Assistant != "manual" || got.Version != "h1" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// TestListAndRename: newest first, page by page; what never had a turn is not shown.
func TestListAndRename(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		now := time.UnixMicro(1_700_000_000_000_000)
		c.Clock = func() time.Time { now = now.Add(time.Second); return now }
		s := tell(t, c)
		var ids []string
		for i := range 5 {
			c := s.begin(main, li)
			s.ask(main, li, c.ID, fmt.Sprint("question ", i), map[string]string{"d1": "A sentence."})
			ids = append([]string{c.ID}, ids...)
		}
		empty := s.begin(main, li)
		list := func(p session.Page) (got []string) {
			all, err := s.rooms.List(t.Context(), main, li, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range all {
				got = append(got, c.ID)
			}
			return got
		}
		if diff := cmp.Diff(ids, list(session.Page{})); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(ids[2:4], list(session.Page{Before: ids[1], Limit: 2})); diff != "" {
			t.Error(diff)
		}
		s.ask(main, li, ids[4], "again", map[string]string{"d1": "Another."})
		if got := list(session.Page{Limit: 1}); got[0] != ids[4] {
			t.Errorf("the one last spoken in is not first: %v", got)
		}
		if _, err := s.rooms.Rename(t.Context(), main, li, ids[4], "  新的\n标题 "); err != nil {
			t.Error(err)
		}
		if c, _ := s.rooms.Find(t.Context(), main, li, ids[4]); c.Title != "新的 标题" {
			t.Errorf("the title is %q", c.Title)
		}
		for _, title := range []string{"", " \n", strings.Repeat("长", session.MaxTitle+1)} {
			_, err := s.rooms.Rename(t.Context(), main, li, ids[4], title)
			wants(t, err, wenyuan.Invalid)
		}
		now = now.Add(48 * time.Hour)
		s.begin(main, li)
		_, err := s.rooms.Find(t.Context(), main, li, empty.ID)
		wants(t, err, wenyuan.NotFound) // nothing was ever asked in it
		long, err := s.rooms.Begin(t.Context(), main, li, wenyuan.Version{Name: "a"}, strings.Repeat("question ", 100)+"\x00\xff")
		if err != nil || len([]rune(long.Title)) != 120 || !strings.HasSuffix(long.Title, "…") {
			t.Errorf("%v, %q", err, long.Title)
		}
	})
}

// TestRightsWithdrawn: Li may no longer see a document. Its turn is withdrawn, a summary that it
// is part of is not used, and what is made anew holds nothing of it; and when Li may see it again,
// so may the conversation.
func TestRightsWithdrawn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := tell(t, c)
		both, less := scope.Documents("main", []string{"open", "secret"}), scope.Documents("main", []string{"open"})
		c1 := s.begin(both, li)
		s.ask(both, li, c1.ID, "What does Wang earn?", map[string]string{"secret": "Wang earns 9090 a month as a senior engineer."})
		s.ask(both, li, c1.ID, "Which port does the name server use?", map[string]string{"open": "The name server listens on port 9876 by default."})
		for i := range 4 {
			s.ask(both, li, c1.ID, fmt.Sprintf("What is setting %d for?", i), map[string]string{"open": fmt.Sprintf("Setting number %d bounds the queue of the broker.", i)})
		}
		h := s.history(both, li, c1.ID, 120)
		if !strings.Contains(h.Summary, "9090") || h.Summarised == 0 || len(h.Turns) == 0 || h.Withdrawn != 0 || !slices.Equal(h.Documents, []string{"open", "secret"}) || h.Summarised+len(h.Turns) != 6 {
			t.Fatalf("%+v", h)
		}
		if !strings.Contains(s.summary(c1.ID), "9090") {
			t.Fatal("the summary is not kept")
		}
		turns := s.turns(less, li, c1.ID)
		if !turns[0].Withdrawn || turns[0].Answer != nil || turns[0].Question != "What does Wang earn?" || turns[1].Withdrawn || turns[1].Answer.Citations[0].Quote == "" {
			t.Errorf("%+v", turns[:2])
		}
		for _, tokens := range []int{120, 4000} {
			h = s.history(less, li, c1.ID, tokens)
			raw, _ := json.Marshal(h)
			if strings.Contains(string(raw), "9090") || strings.Contains(string(raw), "secret") || h.Withdrawn != 1 || !slices.Equal(h.Documents, []string{"open"}) || h.Summarised+len(h.Turns) != 5 {
				t.Errorf("with %d tokens: %s", tokens, raw)
			}
		}
		if turns = s.turns(both, li, c1.ID); turns[0].Withdrawn {
			t.Error("the right came back, the turn did not")
		}
		var lines []string
		err := s.rooms.Export(t.Context(), less, li, func(e session.Exported) error {
			raw, err := json.Marshal(e)
			lines = append(lines, string(raw))
			return err
		})
		if all := strings.Join(lines, "\n"); err != nil || strings.Contains(all, "9090") || !strings.Contains(all, `"withdrawn":true`) || len(lines) != 7 {
			t.Errorf("%v:\n%s", err, all)
		}
	})
}

// TestDocumentRemoved: the same when the document is gone for everybody, in this process and in
// another one that shares the database.
func TestDocumentRemoved(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := tell(t, c)
		other := s
		if c.URL != "" {
			other = tell(t, c)
		}
		c1 := s.begin(main, li)
		s.ask(main, li, c1.ID, "Where is the key?", map[string]string{"gone": "The key 9090 lies under the mat of the front door."})
		s.ask(main, li, c1.ID, "Is that all?", map[string]string{"left": "The back door has a lock with a code."}, "gone") // was told of the first turn
		for range 3 {
			s.ask(main, li, c1.ID, "What about the windows?", map[string]string{"left": "The windows have bars of steel in all rooms."})
		}
		if h := s.history(main, li, c1.ID, 100); !strings.Contains(h.Summary, "9090") {
			t.Fatalf("%+v", h)
		}
		other.remove("gone")
		if strings.Contains(s.summary(c1.ID), "9090") {
			t.Error("the summary stands in the database still")
		}
		turns := s.turns(main, li, c1.ID)
		if !turns[0].Withdrawn || turns[0].Answer != nil || turns[1].Withdrawn || !strings.Contains(turns[1].Answer.Notice, "1 document was removed") {
			t.Errorf("%+v", turns[:2])
		}
		for _, room := range []*story{s, other} {
			h := room.history(main, li, c1.ID, 100)
			raw, _ := json.Marshal(h)
			if strings.Contains(string(raw), "9090") || slices.Contains(h.Documents, "gone") || h.Withdrawn != 1 {
				t.Errorf("%s", raw)
			}
		}
	})
}

// TestWithdrawnMeanwhile: a document is removed while a summary with it is being made. The
// summary is not kept.
func TestWithdrawnMeanwhile(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := tell(t, c)
		c1 := s.begin(main, li)
		for range 4 {
			s.ask(main, li, c1.ID, "Where is the key?", map[string]string{"gone": "The key 9090 lies under the mat of the front door."})
		}
		h, err := s.rooms.History(t.Context(), main, li, c1.ID, "?", 60, func(_ context.Context, turns []session.Turn) (string, error) {
			s.remove("gone")
			return "The key is 9090.", nil
		})
		if err != nil || h.Summary == "" || !slices.Contains(h.Documents, "gone") {
			t.Errorf("%+v, %v", h, err)
		}
		if strings.Contains(s.summary(c1.ID), "9090") {
			t.Error("the summary is kept")
		}
	})
}

// TestDelete: of a deleted conversation nothing is left, and others are as they were.
func TestDelete(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := tell(t, c)
		mine, other := s.begin(main, li), s.begin(main, wang)
		id := s.ask(main, li, mine.ID, "Where is the key 9090?", map[string]string{"d": "Under the mat."})
		kept := s.ask(main, wang, other.ID, "Where is the door?", map[string]string{"d": "In the wall."})
		storetest.Write(t, s.store, func(tx *store.Tx) error {
			_, err := trace.SaveFeedback(t.Context(), tx, main, wang, trace.Feedback{Trace: id, Rating: trace.Up})
			return err
		})
		if _, err := s.rooms.Remember(t.Context(), main, li, "I live in Beijing", mine.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.rooms.Delete(t.Context(), main, li, mine.ID); err != nil {
			t.Fatal(err)
		}
		_, err := s.rooms.Find(t.Context(), main, li, mine.ID)
		wants(t, err, wenyuan.NotFound)
		wants(t, s.rooms.Delete(t.Context(), main, li, mine.ID), wenyuan.NotFound)
		storetest.Read(t, s.store, func(tx *store.Tx) error {
			if _, err := trace.Get(t.Context(), tx, main, li, id); wenyuan.CodeOf(err) != wenyuan.NotFound {
				t.Errorf("the trace is there still: %v", err)
			}
			_, err := trace.Get(t.Context(), tx, main, li, kept)
			return err
		})
		if all, err := s.rooms.Memories(t.Context(), main, li); err != nil || len(all) != 1 || all[0].Conversation != "" {
			t.Errorf("%+v, %v", all, err)
		}
		if err := s.store.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestTwoAsksAtOnce: turns get numbers of their own whoever comes first.
func TestTwoAsksAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := tell(t, c)
		c1 := s.begin(main, li)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() { s.ask(main, li, c1.ID, fmt.Sprint(i), map[string]string{"d": "Yes."}) })
		}
		all.Wait()
		for i, turn := range s.turns(main, li, c1.ID) {
			if turn.Number != i+1 {
				t.Errorf("turn %d has the number %d", i+1, turn.Number)
			}
		}
		page, err := s.rooms.Turns(t.Context(), main, li, c1.ID, 7, 2)
		if err != nil || len(page) != 2 || page[0].Number != 5 || page[1].Number != 6 {
			t.Errorf("%+v, %v", page, err)
		}
	})
}

// TestLimits: what is too much is refused before it is stored.
func TestLimits(t *testing.T) {
	t.Parallel()
	s := tell(t, store.Config{Dir: t.TempDir()})
	ctx, c1 := t.Context(), s.begin(main, li)
	add := func(question string, n int) error {
		return s.store.Write(ctx, func(tx *store.Tx) error {
			for range n {
				if err := s.rooms.Append(ctx, tx, main, li, c1.ID, question, "trc_none"); err != nil {
					return err
				}
			}
			return nil
		})
	}
	wants(t, add(strings.Repeat("x", session.MaxQuestion+1), 1), wenyuan.TooLarge)
	if err := add("a\x00\xffb", session.MaxTurns-1); err != nil {
		t.Fatal(err)
	}
	if h := s.history(main, li, c1.ID, 800); h.Withdrawn != session.MaxTurns-1 { // their traces are not there
		t.Errorf("%+v", h)
	}
	if err := add("last", 1); err != nil {
		t.Fatal(err)
	}
	wants(t, add("one more", 1), wenyuan.Conflict)
	_, err := s.rooms.History(ctx, main, li, c1.ID, "?", 800, nil)
	wants(t, err, wenyuan.Conflict) // said before an answer is made in vain
	for i := range session.MaxMemories {
		if _, err := s.rooms.Remember(ctx, main, li, fmt.Sprint("number ", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.rooms.Remember(ctx, main, li, "one more", "")
	wants(t, err, wenyuan.TooLarge)
	for _, text := range []string{"", " \n ", strings.Repeat("长", session.MaxMemory+1)} {
		_, err = s.rooms.Remember(ctx, main, wang, text, "")
		wants(t, err, wenyuan.Invalid)
	}
	_, err = s.rooms.Remember(ctx, main, wang, "in a conversation of Li's", c1.ID)
	wants(t, err, wenyuan.NotFound)
}

// TestSummaryByModel: what the model makes is used and kept, a part of it goes into the next one,
// and when it fails or talks too long extraction helps.
func TestSummaryByModel(t *testing.T) {
	t.Parallel()
	s := tell(t, store.Config{Dir: t.TempDir()})
	c1 := s.begin(main, li)
	asked := 0
	ask := func() {
		asked++
		s.ask(main, li, c1.ID, fmt.Sprintf("What is setting %d for?", asked), map[string]string{"d": fmt.Sprintf("Setting number %d bounds the queue of the broker.", asked)})
	}
	for range 6 {
		ask()
	}
	var given [][]session.Turn
	say := func(text string, err error) func(context.Context, []session.Turn) (string, error) {
		return func(_ context.Context, turns []session.Turn) (string, error) {
			given = append(given, turns)
			return text, err
		}
	}
	history := func(f func(context.Context, []session.Turn) (string, error)) session.History {
		t.Helper()
		h, err := s.rooms.History(t.Context(), main, li, c1.ID, "?", 150, f)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	h := history(say("Settings were explained.", nil))
	if h.Summary != "Settings were explained." || h.Failed != nil || len(given) != 1 || h.Turns[len(h.Turns)-1].Number != 6 || h.Summarised+len(h.Turns) != 6 || h.Turns[0].Answer.Passages != nil {
		t.Fatalf("%+v, %d", h, len(given))
	}
	if again := history(say("never", nil)); again.Summary != h.Summary || len(given) != 1 {
		t.Errorf("a summary that holds was made again: %q", again.Summary)
	}
	for len(given) == 1 {
		ask()
		history(say("More settings were explained.", nil))
	}
	if first := given[1][0]; first.Number != 0 || first.Question != "" || first.Answer.Answer != "Settings were explained." {
		t.Errorf("the earlier summary is lost: %+v", first)
	}
	down := errors.New("the model is down")
	for len(given) == 2 {
		ask()
		h = history(say("", down))
	}
	if !errors.Is(h.Failed, down) || !strings.Contains(h.Summary, "etting") || h.Summarised+len(h.Turns) != asked {
		t.Errorf("%+v", h)
	}
	for len(given) == 3 {
		ask()
		h = history(say(strings.Repeat("The queue of the broker is bounded by a setting. ", 50)+"The end.", nil))
	}
	if letters(h.Summary) > 40 || !strings.Contains(h.Summary, "The queue of the broker is bounded by a setting.") {
		t.Errorf("%d: %q", letters(h.Summary), h.Summary)
	}
	ended, end := context.WithCancel(t.Context())
	for range 10 {
		ask()
	}
	_, err := s.rooms.History(ended, main, li, c1.ID, "?", 100, func(context.Context, []session.Turn) (string, error) { end(); return "", ended.Err() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the asker left: %v", err)
	}
}

// TestExtract: whole sentences, what matters, in both languages, never over the budget.
func TestExtract(t *testing.T) {
	t.Parallel()
	s := tell(t, store.Config{Dir: t.TempDir()})
	c1 := s.begin(main, li)
	for q, a := range map[string]string{
		"死信队列怎么命名？":                        "死信队列的名称是 %DLQ% 加消费者组名。",
		"消息重试多少次后进入死信队列？":                  "消息默认重试 16 次，之后进入死信队列。",
		"How long are messages kept?":      "Messages are kept for 72 hours, e.g. v5.3.1 does so by default.",
		"Is there a limit on the size?":    "A message may have up to 4.5 MB.",
		"Where does the broker store them": "The broker stores messages in the commit log.",
	} {
		s.ask(main, li, c1.ID, q, map[string]string{"d": a})
	}
	for _, tokens := range []int{40, 80, 120, 160} {
		h, err := s.rooms.History(t.Context(), main, li, c1.ID, "?", tokens, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := letters(h.Summary); n > tokens/4+1 {
			t.Errorf("%d tokens of %d: %s", n, tokens, h.Summary)
		}
		for line := range strings.Lines(h.Summary) {
			line = strings.TrimSpace(line)
			if !strings.HasPrefix(line, "- ") || !strings.ContainsAny(line[len(line)-3:], "。？?.m") {
				t.Errorf("a sentence is cut: %q", line)
			}
		}
		if tokens == 160 && h.Summary == "" {
			t.Errorf("nothing is summarised: %+v", h)
		}
	}
}

// TestMemory: what was asked to be remembered comes back in later conversations of the same
// person, where it fits what is asked, and the newest of it always.
func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		now := time.UnixMicro(1_700_000_000_000_000)
		c.Clock = func() time.Time { now = now.Add(time.Second); return now }
		s := tell(t, c)
		var first session.Memory
		for i, text := range []string{"I use version 5.3.1 of the broker", "我们的集群在北京", "My name is Li", "I like tea", "I like coffee", "I like water"} {
			m, err := s.rooms.Remember(t.Context(), main, li, text, "")
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first = m
			}
		}
		c1 := s.begin(main, li)
		for question, want := range map[string][]string{
			"Which broker version has the fix?": {"I use version 5.3.1 of the broker", "I like tea", "I like coffee", "I like water"},
			"集群怎么扩容？":                           {"我们的集群在北京", "I like tea", "I like coffee", "I like water"},
			"?":                                 {"I like tea", "I like coffee", "I like water"},
		} {
			h, err := s.rooms.History(t.Context(), main, li, c1.ID, question, 800, nil)
			if diff := cmp.Diff(want, h.Remembered); diff != "" || err != nil {
				t.Errorf("%s: %v\n%s", question, err, diff)
			}
			got, err := s.rooms.Recall(t.Context(), main, li, question, 160)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %v\n%s", question, err, diff)
			}
		}
		if h := s.history(main, li, c1.ID, 30); letters(strings.Join(h.Remembered, "")) > 6 {
			t.Errorf("%q", h.Remembered)
		}
		for name, who := range map[string]scope.Scope{"another space": scope.Space("other"), "nobody": {}} {
			if got, err := s.rooms.Memories(t.Context(), who, li); len(got) != 0 || err != nil {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
		if got, err := s.rooms.Memories(t.Context(), main, wang); len(got) != 0 || err != nil {
			t.Errorf("Wang: %v, %v", got, err)
		}
		again, err := s.rooms.Remember(t.Context(), main, li, " I use version 5.3.1\nof the broker ", c1.ID)
		all, _ := s.rooms.Memories(t.Context(), main, li)
		if err != nil || again.ID != first.ID || len(all) != 6 || all[0].ID != first.ID || all[0].Conversation != c1.ID {
			t.Errorf("said twice: %+v, %v", all, err)
		}
		wants(t, s.rooms.Forget(t.Context(), main, wang, first.ID), wenyuan.NotFound)
		if err := s.rooms.Forget(t.Context(), main, li, first.ID); err != nil {
			t.Error(err)
		}
		wants(t, s.rooms.Forget(t.Context(), main, li, first.ID), wenyuan.NotFound)
	})
}

// TestSurvives: conversations are there after the house was closed and opened again.
func TestSurvives(t *testing.T) {
	t.Parallel()
	c := store.Config{Dir: t.TempDir()}
	first, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	s := &story{t, first, session.New(first, letters)}
	c1 := s.begin(main, li)
	s.ask(main, li, c1.ID, "Who?", map[string]string{"d": "Nobody."})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if turns := tell(t, c).turns(main, li, c1.ID); len(turns) != 1 || turns[0].Answer.Answer != "Nobody.[1] " {
		t.Errorf("%+v", turns)
	}
}

// TestExport: all of one's own and nothing of anybody else's, more than one page of it.
func TestExport(t *testing.T) {
	t.Parallel()
	s := tell(t, store.Config{Dir: t.TempDir()})
	c1, theirs := s.begin(main, li), s.begin(main, wang)
	for i := range 45 {
		s.ask(main, li, c1.ID, fmt.Sprint("question ", i), map[string]string{"d": "Yes."})
	}
	s.ask(main, wang, theirs.ID, "a secret of Wang's", map[string]string{"d": "Yes."})
	if _, err := s.rooms.Remember(t.Context(), main, li, "I like tea", ""); err != nil {
		t.Fatal(err)
	}
	var turns, others int
	err := s.rooms.Export(t.Context(), main, li, func(e session.Exported) error {
		switch {
		case e.Turn != nil:
			if turns++; e.Turn.Number != turns || strings.Contains(e.Turn.Question, "Wang") {
				t.Errorf("%+v", e.Turn)
			}
		default:
			others++
		}
		return nil
	})
	if err != nil || turns != 45 || others != 2 {
		t.Errorf("%v: %d turns, %d others", err, turns, others)
	}
	gone := errors.New("the reader left")
	if err := s.rooms.Export(t.Context(), main, li, func(session.Exported) error { return gone }); !errors.Is(err, gone) {
		t.Error(err)
	}
}
