package privacy_test

import (
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
)

// TestRemoveSpace: a space goes when nothing stands in it that somebody put there on purpose, and
// no row of it is left but what the audit says.
func TestRemoveSpace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		ctx := t.Context()
		x, err := h.dir.AddSpace(ctx, h.op, "lab")
		if err != nil {
			t.Fatal(err)
		}
		lab := scope.Space(x.ID)
		if err := h.dir.SetRole(ctx, lab, "person:li", auth.Asker); err != nil {
			t.Fatal(err)
		}
		h.lived()
		for _, table := range []string{"trace", "trace_document", "feedback", "conversation", "turn", "memory", "corpus", "access_class", "access_glob"} {
			h.run(`UPDATE `+table+` SET space = $1`, x.ID)
		}
		for _, q := range []string{
			`INSERT INTO access (document, space, corpus, class) VALUES ('cor_1', $1, 'cor_1', 'default:cor_1')`,
			`INSERT INTO access_file (corpus, folder, space, text) VALUES ('cor_1', '', $1, 'read: space')`,
			`INSERT INTO change (number, space, corpus, document, kind, at) VALUES (7, $1, 'cor_1', 'doc_1', 'remove', 1)`,
			`INSERT INTO version (space, kind, hash, name, data, created) VALUES ($1, 'prompt', 'p', 'greeting', '{}', 1)`,
			`INSERT INTO label (space, kind, name, label, hash, moved) VALUES ($1, 'prompt', 'greeting', 'production', 'p', 1)`,
			`INSERT INTO label_split (space, kind, name, label, hash, share, moved) VALUES ($1, 'prompt', 'greeting', 'production', 'p', 10000, 1)`,
			`INSERT INTO label_move (space, kind, name, label, target, number) VALUES ($1, 'prompt', 'greeting', 'draft', '[]', 1)`,
			`INSERT INTO label_ready (server, space, kind, name, label, number, fault) VALUES ('s', $1, 'prompt', 'greeting', 'draft', 1, '')`,
			`INSERT INTO edge (space, from_kind, from_hash, to_kind, to_hash) VALUES ($1, 'assistant', 'a', 'prompt', 'p')`,
			`INSERT INTO assistant_share (space, assistant, kind, member) VALUES ($1, 'desk', 'group', 'grp_1')`,
			`INSERT INTO job (id, space, kind, state, created) VALUES ('job_1', $1, 'learn', 'queued', 1)`,
			`INSERT INTO limit_rule (id, space, kind, subject, resource, span, hard, created) VALUES ('lim_1', $1, 'person', '', 'requests', 'day', 5, 1)`,
			`INSERT INTO limit_rule (id, kind, subject, resource, span, hard, created) VALUES ('lim_2', 'space', $1, 'requests', 'day', 5, 1)`,
		} {
			h.run(q, x.ID)
		}
		for _, w := range []struct{ put, says, take string }{
			{`INSERT INTO document (id, space, corpus, source, state, created, updated) VALUES ('doc_1', $1, 'cor_1', 'a.md', 'ready', 1, 1)`, "has 1 documents", `DELETE FROM document WHERE space = $1`},
			{`INSERT INTO job (id, space, kind, state, created) VALUES ('job_2', $1, 'ingest', 'running', 1)`, "takes in 1 uploads", `DELETE FROM job WHERE space = $1 AND kind = 'ingest'`},
			{`INSERT INTO channel (id, space, kind, name, assistant, created) VALUES ('chn_1', $1, 'page', 'shop', 'desk', 1)`, "has 1 channels", `DELETE FROM channel WHERE space = $1`},
			{`INSERT INTO label (space, kind, name, label, hash, moved) VALUES ($1, 'assistant', 'desk', 'production', 'a', 1)`, "has 1 assistants", `DELETE FROM label WHERE space = $1 AND kind = 'assistant'`},
			{`INSERT INTO label (space, kind, name, label, hash, moved) VALUES ($1, 'model', 'm', 'production', 'a', 1)`, "has 1 models", `DELETE FROM label WHERE space = $1 AND kind = 'model'`},
		} {
			h.run(w.put, x.ID)
			if err := h.keep.RemoveSpace(ctx, lab); wenyuan.CodeOf(err) != wenyuan.Conflict || !strings.Contains(err.Error(), w.says) {
				t.Errorf("%q: %v", w.says, err)
			}
			h.run(w.take, x.ID)
		}
		if err := h.keep.RemoveSpace(ctx, scope.All(x.ID, scope.Read|scope.Own)); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Errorf("an owner: %v", err)
		}
		if err := h.keep.RemoveSpace(ctx, h.op); wenyuan.CodeOf(err) != wenyuan.Conflict {
			t.Errorf("main: %v", err)
		}
		if n := h.left(x.ID); n["trace"] == 0 || n["turn"] == 0 || n["memory"] == 0 {
			t.Fatalf("refused, it is emptied: %v", n)
		}
		if err := h.keep.RemoveSpace(ctx, lab); err != nil {
			t.Fatal(err)
		}
		n := h.left(x.ID)
		if n["audit"] == 0 {
			t.Error("the audit has forgotten it")
		}
		if delete(n, "audit"); len(n) > 0 {
			t.Errorf("of the space is left %v", n)
		}
		if err := h.keep.RemoveSpace(ctx, lab); wenyuan.CodeOf(err) != wenyuan.NotFound {
			t.Errorf("again: %v", err)
		}
		if n := h.left("main"); n["space_member"] == 0 || n["audit"] == 0 {
			t.Errorf("of main is left %v", n)
		}
	})
}

// spaced finds the tables with a column for the space, in a shared database and in a file.
var spaced = map[bool]string{
	false: `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'space' WHERE m.type = 'table' ORDER BY 1`,
	true:  `SELECT table_name FROM information_schema.columns WHERE column_name = 'space' AND table_schema = current_schema() ORDER BY 1`,
}

// left counts the rows of a space by table, where there are any.
func (h *house) left(space string) map[string]int {
	h.t.Helper()
	n := map[string]int{}
	storetest.Read(h.t, h.s, func(tx *store.Tx) error {
		var tables []string
		rows, err := tx.Query(h.t.Context(), spaced[h.s.Shared()])
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			tables = append(tables, name)
		}
		for _, name := range tables {
			var count int
			if err := tx.QueryRow(h.t.Context(), `SELECT COUNT(*) FROM `+name+` WHERE space = $1`, space).Scan(&count); err != nil {
				return err
			}
			if count > 0 {
				n[name] = count
			}
		}
		if len(tables) < 15 {
			h.t.Errorf("only %v have a space", tables)
		}
		return rows.Err()
	})
	return n
}
