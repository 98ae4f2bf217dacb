package trace_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/trace"
)

// reviewer may review, and sees some documents of main.
func reviewer(documents ...string) scope.Scope {
	return held(scope.Read|scope.Ask|scope.Review, documents...)
}

func held(rights scope.Right, documents ...string) scope.Scope {
	classes := map[string]int32{}
	for _, d := range documents {
		classes[d] = 0
	}
	return scope.Of("main", rights, scope.NewTable().With(classes), scope.Classes{}.Add(0))
}

// TestWhose: a person sees what they asked, a reviewer what others did, and both only where they see
// the documents.
func TestWhose(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		s := storetest.Open(t, c)
		mine, theirs, hidden, empty := record("mine", answer("d1")), record("theirs", answer("d1")), record("hidden", answer("d2")), record("empty", wenyuan.Answer{Refused: true})
		theirs.Principal, empty.Principal = "li", "li"
		save(t, s, mine, theirs, hidden, empty)
		asking := scope.Read | scope.Ask
		for _, c := range []struct {
			name string
			sc   scope.Scope
			p    wenyuan.Principal
			want string
		}{
			{"who asked", held(asking, "d1", "d2"), asker, "hidden mine"},
			{"who asked, and lost a right", held(asking, "d1"), asker, "mine"},
			{"who asked, and lost all", held(asking), asker, ""},
			{"another", held(asking, "d1", "d2"), wenyuan.Principal{ID: "li"}, "empty theirs"},
			{"nobody", held(asking, "d1", "d2"), wenyuan.Principal{}, ""},
			{"a reviewer", reviewer("d1"), wenyuan.Principal{ID: "rev"}, "empty mine theirs"},
			{"an owner", scope.Space("main"), wenyuan.Principal{ID: "own"}, "empty hidden mine theirs"},
			{"an editor", held(asking|scope.Edit, "d1", "d2"), wenyuan.Principal{ID: "ed"}, ""},
			{"of another space", scope.Space("hr"), asker, ""},
			{"no scope", scope.Scope{}, asker, ""},
		} {
			storetest.Read(t, s, func(tx *store.Tx) error {
				var questions, ids []string
				list, err := trace.List(t.Context(), tx, c.sc, c.p, trace.Filter{})
				if err != nil {
					return err
				}
				for _, tr := range list {
					questions, ids = append(questions, tr.Question), append(ids, tr.ID)
				}
				slices.Sort(questions) // two of one millisecond come in any order
				if got := strings.Join(questions, " "); got != c.want {
					t.Errorf("%s: sees %q, not %q", c.name, got, c.want)
				}
				for _, tr := range []trace.Trace{mine, theirs, hidden, empty} {
					_, err := trace.Get(t.Context(), tx, c.sc, c.p, tr.ID)
					_, opinions := trace.FeedbackOf(t.Context(), tx, c.sc, c.p, tr.ID)
					all, failed := trace.Answers(t.Context(), tx, c.sc, c.p, []string{tr.ID})
					if seen := slices.Contains(ids, tr.ID); seen != (err == nil) || seen != (opinions == nil) || seen != (len(all) == 1) || failed != nil {
						t.Errorf("%s, %s: listed %v, found %v, %v, %d", c.name, tr.Question, seen, err, opinions, len(all))
					}
				}
				return nil
			})
		}
	})
}

// TestWhoseFeedback: others' opinions are for reviewers.
func TestWhoseFeedback(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	one := record("one", answer("d1"))
	save(t, s, one)
	opinion(t, s, scope.Space("main"), "rev", trace.Feedback{Trace: one.ID, Rating: trace.Down})
	opinion(t, s, held(scope.Read|scope.Ask, "d1"), asker.ID, trace.Feedback{Trace: one.ID, Rating: trace.Up})
	for _, c := range []struct {
		sc   scope.Scope
		p    wenyuan.Principal
		want int
	}{{held(scope.Read|scope.Ask, "d1"), asker, 1}, {reviewer("d1"), asker, 2}, {reviewer("d1"), wenyuan.Principal{ID: "rev"}, 2}, {held(scope.Read|scope.Ask, "d1"), wenyuan.Principal{ID: "rev"}, 0}} {
		storetest.Read(t, s, func(tx *store.Tx) error {
			list, err := trace.ListFeedback(t.Context(), tx, c.sc, c.p, trace.FeedbackFilter{})
			if len(list) != c.want {
				t.Errorf("%s: %d opinions, not %d", c.p.ID, len(list), c.want)
			}
			return err
		})
	}
}

// TestPolicy: a space says how much is kept, and what is not kept is not in the database.
func TestPolicy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		settings string
		asked    trace.Record
		kept     trace.Record
		fails    bool
	}{
		{`{}`, "", trace.Everything, false},
		{`{"record":"all","retention_days":30}`, "", trace.Everything, false},
		{`{"record":"metadata"}`, "", trace.Metadata, false},
		{`{"record":"metadata"}`, trace.Everything, trace.Metadata, false},
		{`{}`, trace.Metadata, trace.Metadata, false},
		{`{}`, trace.Nothing, trace.Nothing, false},
		{`{"record":"none"}`, "", trace.Nothing, false},
		{`{"record":"NONE"}`, trace.Everything, trace.Nothing, false},
		{`{"record":`, "", "", true},
	} {
		s := storetest.Open(t, store.Config{Dir: t.TempDir()})
		storetest.Write(t, s, func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE space SET settings = $1 WHERE id = 'main'`, c.settings)
			return err
		})
		tr := walk()
		tr.Record = c.asked
		err := s.Write(t.Context(), func(tx *store.Tx) error { return trace.Save(t.Context(), tx, tr) })
		if c.fails != (err != nil) {
			t.Errorf("%s: %v", c.settings, err)
		}
		if err != nil {
			continue
		}
		text := stored(t, s)
		if whole := strings.Contains(text, secret) && strings.Contains(text, "What is the port?"); whole != (c.kept == trace.Everything) || strings.Contains(text, "port") != whole || strings.Contains(text, "keep") != whole {
			t.Errorf("%s: kept %s", c.settings, text)
		}
		ids := list(t, s, scope.Space("main"), trace.Filter{Document: "third"})
		if (len(ids) == 1) != (c.kept != trace.Nothing) {
			t.Errorf("%s: the documents had a part in %v", c.settings, ids)
		}
		if c.kept == trace.Metadata {
			got, err := find(t, s, scope.Space("main"), tr.ID)
			raw, _ := json.Marshal(got)
			if err != nil || len(got.Steps) != len(tr.Steps) || got.Principal != tr.Principal || len(got.Answer.Versions) != 3 {
				t.Errorf("%v: %s", err, raw)
			}
			withdraw(t, s, "gone")
			if got, err = find(t, s, scope.Space("main"), tr.ID); err != nil || got.Withdrawn != 1 || len(got.Answer.Versions) != 2 {
				t.Errorf("withdrawn: %v, %+v", err, got)
			}
		}
	}
}
