package privacy_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/privacy"
	"wenyuan/session"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/trace"
)

// house has two people who asked, and an operator.
type house struct {
	t          testing.TB
	s          *store.Store
	dir        *auth.Directory
	talks      *session.Sessions
	keep       *privacy.Keeper
	op         scope.Scope
	zoe, other auth.Account
}

const word = "ZEBRASECRET" // stands in all that Zoe wrote

func open(t testing.TB, c store.Config) *house {
	t.Helper()
	h := &house{t: t, s: storetest.Open(t, c), op: scope.Space("main")}
	h.dir = auth.Open(auth.Config{Store: h.s})
	h.talks = session.New(h.s, func(text string) int { return len(text) })
	h.keep = privacy.New(privacy.Config{Store: h.s, Auth: h.dir})
	h.add("the operator", true)
	h.zoe, h.other = h.add("Zoe Zebrawoman", false), h.add("Li", false)
	h.run(`INSERT INTO corpus (id, space, name, created) VALUES ('cor_1', 'main', 'docs', 1)`)
	h.run(`INSERT INTO access_class (id, space, corpus, layer, origin, readers) VALUES ('default:cor_1', 'main', 'cor_1', 'default', 'docs', '["space"]')`)
	h.run(`INSERT INTO access_glob (corpus, glob, space, readers, number) VALUES ('cor_1', '*.md', 'main', '["group:hr","person:zoe zebrawoman"]', 1)`)
	return h
}

func (h *house) run(query string, args ...any) {
	h.t.Helper()
	storetest.Write(h.t, h.s, func(tx *store.Tx) error {
		_, err := tx.Exec(h.t.Context(), query, args...)
		return err
	})
}

func (h *house) add(name string, operator bool) auth.Account {
	h.t.Helper()
	a, err := h.dir.AddPerson(h.t.Context(), h.op, auth.NewPerson{Name: name, Email: strings.ReplaceAll(strings.ToLower(name), " ", ".") + "@example.org", Operator: operator, Space: "main", Role: auth.Asker})
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

// asks records a question of somebody's as a turn of a conversation.
func (h *house) asks(who auth.Account, question, conversation string) (tr trace.Trace, talk string) {
	h.t.Helper()
	p := wenyuan.Principal{ID: who.ID, Name: who.Name}
	ctx := audit.By(h.t.Context(), audit.Actor{ID: who.ID, Name: who.Name})
	if conversation == "" {
		c, err := h.talks.Begin(ctx, h.op, p, wenyuan.Version{Kind: "assistant", Name: "docs", Hash: "h"}, "")
		if err != nil {
			h.t.Fatal(err)
		}
		conversation = c.ID
	}
	r := trace.Start(trace.Trace{Space: "main", Corpus: "docs", Assistant: "docs", Principal: who.ID, Question: question})
	r.Step("retrieve")("1 kept", map[string]any{"text": question})
	tr = r.End(wenyuan.Answer{Answer: "About " + question, Versions: []wenyuan.Version{{Kind: "assistant", Name: "docs", Hash: "h"}}})
	tr.Conversation = conversation
	storetest.Write(h.t, h.s, func(tx *store.Tx) error {
		if err := trace.Save(ctx, tx, tr); err != nil {
			return err
		}
		if err := h.talks.Append(ctx, tx, h.op, p, conversation, question, tr.ID); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: "main", Action: "question", Object: "docs"})
	})
	return tr, conversation
}

// lived fills in all kinds of things of Zoe's.
func (h *house) lived() (traces []trace.Trace) {
	h.t.Helper()
	zoe := wenyuan.Principal{ID: h.zoe.ID, Name: h.zoe.Name}
	ctx := audit.By(h.t.Context(), audit.Actor{ID: h.zoe.ID, Name: h.zoe.Name, Address: "192.0.2.77"})
	one, talk := h.asks(h.zoe, "What is "+word+" one?", "")
	two, _ := h.asks(h.zoe, "And "+word+" two?", talk)
	theirs, _ := h.asks(h.other, "What is kept?", "")
	if _, err := h.talks.Remember(ctx, h.op, zoe, "I am called "+word, talk); err != nil {
		h.t.Fatal(err)
	}
	storetest.Write(h.t, h.s, func(tx *store.Tx) error {
		for _, f := range []struct {
			by string
			f  trace.Feedback
		}{{h.zoe.ID, trace.Feedback{Trace: theirs.ID, Rating: trace.Down, Reason: word}}, {h.other.ID, trace.Feedback{Trace: one.ID, Rating: trace.Up, Reason: "as " + word}}} {
			if _, err := trace.SaveFeedback(ctx, tx, h.op, wenyuan.Principal{ID: f.by}, f.f); err != nil {
				return err
			}
		}
		return audit.Append(ctx, tx, audit.Act{Space: "main", Action: "prompt.save", Object: "greeting", Version: "abcdef", Detail: word})
	})
	if _, _, err := h.dir.CreateKey(ctx, h.op, auth.Machine(), auth.NewKey{Person: h.zoe.Name, Name: word}); err != nil {
		h.t.Fatal(err)
	}
	h.run(`INSERT INTO signin_session (id, person, family, secret, rotated, created, seen, expires, address, agent) VALUES ('ses_1', $1, 'x', 'x', 1, 1, 1, 1, '192.0.2.77', $2)`, h.zoe.ID, word)
	h.run(`INSERT INTO limit_use (space, kind, subject, resource, span, currency, since, used) VALUES ('', 'person', $1, 'requests', 'day', '', 1, 7)`, h.zoe.ID)
	for id, r := range map[string]struct{ began, took, why string }{"rel_1": {"op", h.zoe.ID, word}, "rel_2": {h.zoe.ID, "op", "too curt"}} {
		h.run(`INSERT INTO release (id, space, model, base, adapter, hash, terms, state, why, principal, taker, created) VALUES ($1, 'main', 'm', 'b', 'a', 'h', '{}', 'back', $2, $3, $4, 1)`, id, r.why, r.began, r.took)
	}
	return []trace.Trace{one, two, theirs}
}

func (h *house) export(sc scope.Scope, who wenyuan.Principal, person string) (lines []string, err error) {
	err = h.keep.Export(h.t.Context(), sc, who, person, func(l privacy.Line) error {
		raw, err := json.Marshal(l)
		lines = append(lines, string(raw))
		return err
	})
	return lines, err
}

func kinds(lines []string) map[string]int {
	n := map[string]int{}
	for _, l := range lines {
		var one struct{ Kind string }
		if json.Unmarshal([]byte(l), &one) == nil {
			n[one.Kind]++
		}
	}
	return n
}

func TestExport(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		h.lived()
		zoe := wenyuan.Principal{ID: h.zoe.ID, Name: h.zoe.Name}
		lines, err := h.export(scope.All("main", scope.Read|scope.Ask), zoe, "ZOE ZEBRAWOMAN")
		if err != nil {
			t.Fatal(err)
		}
		n := kinds(lines)
		for kind, want := range map[string]int{"account": 1, "role": 1, "key": 1, "session": 1, "turn": 2, "conversation": 1, "memory": 1, "feedback": 1, "release": 2, "use": 1, "trace": 2, "lineage": 2} {
			if n[kind] != want {
				t.Errorf("%d lines of %s, not %d", n[kind], kind, want)
			}
		}
		all := strings.Join(lines, "\n")
		for _, want := range []string{"prompt.save", "abcdef", "person.export", `"reason":"` + word, "About What is " + word, "as " + word} {
			if strings.Contains(all, want) == (want == "as "+word) {
				t.Errorf("%q: in the export %v", want, strings.Contains(all, want))
			}
		}
		for _, secret := range []string{"wyk_", "What is kept?", `"password"`, `"hash":"x"`, `"secret"`} {
			if strings.Contains(all, secret) {
				t.Errorf("%q is in the export", secret)
			}
		}
		if _, err := h.export(scope.Space("main"), wenyuan.Principal{ID: "op"}, h.zoe.Email); err != nil {
			t.Errorf("an operator: %v", err)
		}
		for _, who := range []string{"li", "nobody", ""} {
			_, err := h.export(scope.All("main", scope.Every&^scope.Operate), zoe, who)
			if wenyuan.CodeOf(err) != wenyuan.Denied {
				t.Errorf("what is kept of %q: %v", who, err)
			}
		}
	})
}

// What somebody may no longer see is not given out by an export.
func TestExportOfWhatIsLost(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	traces := h.lived()
	h.run(`INSERT INTO trace_document (trace, document, revision, space, cited) VALUES ($1, 'doc_1', 'r', 'main', 1)`, traces[0].ID)
	lines, err := h.export(scope.Space("main"), wenyuan.Principal{}, h.zoe.Name)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(lines, "\n")
	if strings.Contains(all, "About What is "+word) || !strings.Contains(all, "About And "+word) || !strings.Contains(all, `"withheld":true`) || strings.Contains(all, "doc_1") {
		t.Errorf("%s", all)
	}
}

func TestErase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		traces := h.lived()
		renamed := "Zoe Newname"
		if _, err := h.dir.ChangePerson(t.Context(), h.op, h.zoe.ID, auth.PersonChange{Name: &renamed}); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []struct {
			sc              scope.Scope
			person, confirm string
			code            wenyuan.Code
		}{
			{scope.Space("main"), renamed, "", wenyuan.Invalid},
			{scope.Space("main"), renamed, "zoe newname", wenyuan.Invalid},
			{scope.Space("main"), "nobody", "nobody", wenyuan.NotFound},
			{scope.All("main", scope.Every&^scope.Operate), renamed, renamed, wenyuan.Denied},
			{scope.Scope{}, renamed, renamed, wenyuan.Denied},
			{scope.Space("main"), "the operator", "the operator", wenyuan.Conflict},
		} {
			if _, err := h.keep.Erase(t.Context(), bad.sc, wenyuan.Principal{ID: h.zoe.ID}, bad.person, bad.confirm); wenyuan.CodeOf(err) != bad.code {
				t.Errorf("%q, confirmed by %q: %v", bad.person, bad.confirm, err)
			}
		}
		got, err := h.keep.Erase(t.Context(), h.op, wenyuan.Principal{ID: "op"}, renamed, renamed)
		if err != nil {
			t.Fatal(err)
		}
		for kind, want := range map[string]int64{"account": 1, "role": 1, "key": 1, "session": 1, "turn": 2, "conversation": 1, "memory": 1, "feedback": 1, "release": 2, "use": 1, "trace": 2, "lease": 0} {
			if got.Erased[kind] != want {
				t.Errorf("%d of %s were erased, not %d", got.Erased[kind], kind, want)
			}
		}
		if got.Erased["audit"] < 5 || len(got.Remains) != 2 || !strings.Contains(strings.Join(got.Remains[0].Names, " "), "prompt.save greeting abcdef") || got.Remains[1].Kind != "backup" {
			t.Errorf("%+v", got)
		}
		if v, err := audit.Verify(t.Context(), h.s, ""); err != nil || !v.OK || v.Erased != got.Erased["audit"] {
			t.Errorf("%+v, %v", v, err)
		}
		storetest.Read(t, h.s, func(tx *store.Tx) error {
			_, err := trace.Get(t.Context(), tx, h.op, wenyuan.Principal{}, traces[2].ID)
			return err // what others asked stays
		})
		if err := h.s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if c.URL == "" {
			gone(t, c.Dir, word, "Zoe Newname", "zoe.zebrawoman@", "192.0.2.77")
			if !got.Overwritten {
				t.Error("the log was not emptied")
			}
		}
		if left := strings.Join(dump(t, h.s), "\n"); !strings.Contains(left, "too curt") {
			t.Error("why somebody else took a release back is gone with them")
		}
		for _, left := range dump(t, h.s) {
			for _, w := range []string{word, "Newname", "zoe.zebra", h.zoe.ID} {
				if strings.Contains(left, w) && !strings.HasPrefix(left, "access_change: ") && !(w == h.zoe.ID && strings.Contains(left, "person.erase")) {
					t.Errorf("%s is left in %s", w, left)
				}
			}
		}
		if _, err := h.keep.Erase(t.Context(), h.op, wenyuan.Principal{ID: "op"}, renamed, renamed); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("again: %v", err)
		}
	})
}

// gone looks for words in the files of a database.
func gone(t testing.TB, dir string, words ...string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "wenyuan.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if at := bytes.Index(raw, []byte(w)); at >= 0 {
				t.Errorf("%q stands in %s: %q", w, filepath.Base(f), raw[max(0, at-40):min(len(raw), at+80)])
			}
		}
	}
}

// tables are those of the database, each with its columns.
func tables(t testing.TB, s *store.Store) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	query := `SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'`
	if s.Shared() {
		query = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()`
	}
	storetest.Read(t, s, func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var table, column string
			if err := rows.Scan(&table, &column); err != nil {
				return err
			}
			out[table] = append(out[table], column)
		}
		return rows.Err()
	})
	return out
}

// dump is every row of the database as text.
func dump(t testing.TB, s *store.Store) (all []string) {
	t.Helper()
	for table, columns := range tables(t, s) {
		if strings.HasPrefix(table, "sqlite_") || strings.HasPrefix(table, "goose") {
			continue
		}
		for i, c := range columns {
			columns[i] = `COALESCE(CAST(` + c + ` AS TEXT), '')`
		}
		storetest.Read(t, s, func(tx *store.Tx) error {
			rows, err := tx.Query(t.Context(), `SELECT `+strings.Join(columns, ` || ' ' || `)+` FROM `+table)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var text string
				if err := rows.Scan(&text); err != nil {
					return err
				}
				all = append(all, table+": "+text)
			}
			return rows.Err()
		})
	}
	return all
}

// elsewhere are columns that may name a person and are no holding, each with why.
var elsewhere = map[string]string{
	"person.id": "the account", "access_key.person": "the account's keys", "signin_session.person": "the account's sessions", "signin_session.view_as": "auth clears it with the account",
	"space_member.member": "auth removes it with the account", "group_member.member": "auth removes it with the account", "assistant_share.member": "auth removes it with the account",
	"trace.principal": "trace.Erase", "sample.principal": "dataset.Erase", "sample_person.principal": "dataset.Erase", "instruct_run.principal": "dataset.Erase", "guard_incident.principal": "guard.Erase", "guard_token.principal": "guard.Erase", "guard_case.author": "guard.Erase", "audit.actor": "audit.Erase", "eval_run.principal": "record.Erase", "gate_report.principal": "record.Erase", "release.principal": "the holding release: that there was one stays, and who began it is taken out", "release.taker": "the same, with what they wrote", "train_run.principal": "the holding run: what a run made stays, and who started it is taken out", "judge_task.principal": "the holding task: who made it is taken out, and what others judged stays", "signin_attempt.who": "a hash, forgotten after a while",
}

// Every column of the schema that may name a person is known to the room.
func TestSchema(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	source, err := os.ReadFile("privacy.go")
	if err != nil {
		t.Fatal(err)
	}
	naming := []string{"person", "principal", "actor", "member", "subject", "view_as", "who", "owner", "author", "user", "taker"}
	found := 0
	for table, columns := range tables(t, s) {
		for _, c := range columns {
			if !slices.Contains(naming, c) {
				continue
			}
			found++
			held := regexp.MustCompile(`(?s)DELETE FROM ` + table + ` WHERE`).Match(source)
			if _, known := elsewhere[table+"."+c]; !held && !known {
				t.Errorf("%s.%s may name a person: give it a holding, or say why not", table, c)
			}
		}
	}
	if found < 12 {
		t.Errorf("only %d columns name people: the rule above holds less than it says", found)
	}
}

func TestDrop(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		old, talk := h.asks(h.zoe, "An old one?", "")
		fresh, _ := h.asks(h.zoe, "A new one?", talk)
		gone, _ := h.asks(h.other, "Another old one?", "")
		before := time.Now().AddDate(0, 0, -31).UnixMicro()
		for _, tr := range []trace.Trace{old, gone} {
			h.run(`UPDATE trace SET created = $1 WHERE id = $2`, before, tr.ID)
			h.run(`UPDATE turn SET created = $1 WHERE trace = $2`, before, tr.ID)
		}
		h.run(`UPDATE conversation SET updated = $1 WHERE id <> $2`, before, talk)
		h.run(`UPDATE conversation SET summary = '{"text":"old"}' WHERE id = $1`, talk)
		if d, err := h.keep.Drop(t.Context()); err != nil || d != (privacy.Dropped{}) {
			t.Errorf("without a rule: %+v, %v", d, err)
		}
		h.run(`UPDATE space SET settings = '{"retention_days":30}' WHERE id = 'main'`)
		if d, err := h.keep.Drop(t.Context()); err != nil || d != (privacy.Dropped{Conversations: 1, Traces: 2}) {
			t.Errorf("%+v, %v", d, err)
		}
		zoe := wenyuan.Principal{ID: h.zoe.ID}
		turns, err := h.talks.Turns(t.Context(), h.op, zoe, talk, 0, 0)
		if err != nil || len(turns) != 1 || turns[0].Trace != fresh.ID || turns[0].Number != 2 {
			t.Errorf("%+v, %v", turns, err)
		}
		exported := 0
		err = h.talks.Export(t.Context(), h.op, zoe, func(e session.Exported) error {
			if e.Turn != nil {
				exported++
			}
			return nil
		})
		if err != nil || exported != 1 {
			t.Errorf("%d turns are exported, %v", exported, err)
		}
		for _, left := range dump(t, h.s) {
			if strings.Contains(left, "old one") || strings.Contains(left, `"old"`) {
				t.Errorf("left: %s", left)
			}
		}
		if _, talk = h.asks(h.zoe, "A third?", talk); talk == "" {
			t.Error("the conversation does not go on")
		}
		if err := h.s.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestDropOfAudit(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir(), Clock: func() time.Time { return time.Now().AddDate(0, 0, -100) }})
	keep := privacy.New(privacy.Config{Store: h.s, Auth: h.dir, AuditDays: 90})
	d, err := keep.Drop(t.Context())
	if err != nil || d.Entries == 0 {
		t.Fatalf("%+v, %v", d, err)
	}
	if v, err := audit.Verify(t.Context(), h.s, ""); err != nil || !v.OK || v.From == 1 {
		t.Errorf("%+v, %v", v, err)
	}
	keep.Start(t.Context())
	keep.Close()
	keep.Close()
}
