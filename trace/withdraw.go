package trace

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/lang"
	"wenyuan/store"
)

// Withdraw takes a document out of every trace, in the transaction that removes the document.
//
// What quotes or names it goes: its passages, citations and versions, and in the steps
// whatever names it. Where whoever wrote the answer had read it (the answer cites it, or holds
// a passage of it, or a step other than the search's dropped ones names it) its words may stand
// anywhere, under no name. There only those sentences of the answer stay that are supported
// by other documents alone, and of the steps only what belongs to another document, so what a
// model was sent goes; and of people's feedback the rating stays. The question stays: the
// person wrote it. The document stays among those of the trace, so the trace says how many
// were removed, and nobody sees it who could not before.
func Withdraw(ctx context.Context, tx *store.Tx, space, document string) error {
	ids, err := column(ctx, tx, `SELECT trace FROM trace_document WHERE document = $1 AND space = $2 AND withdrawn = 0 ORDER BY trace`, document, space)
	if err != nil {
		return fmt.Errorf("trace: withdraw %s: %w", document, err)
	}
	for _, id := range ids {
		if err := withdrawFrom(ctx, tx, id, document); err != nil {
			return fmt.Errorf("trace: withdraw %s from %s: %w", document, id, err)
		}
	}
	_, err = tx.Exec(ctx, `UPDATE trace_document SET withdrawn = 1, revision = '' WHERE document = $1 AND space = $2`, document, space)
	if err != nil {
		return fmt.Errorf("trace: withdraw %s: %w", document, err)
	}
	return nil
}

// Settle withdraws from a trace that was just saved what was removed while its answer was
// being made. It belongs into the transaction that saves the trace.
func Settle(ctx context.Context, tx *store.Tx, id string) error {
	gone, err := column(ctx, tx, `SELECT d.document FROM trace_document d WHERE d.trace = $1 AND d.withdrawn = 0
		AND NOT EXISTS (SELECT 1 FROM document WHERE document.id = d.document) ORDER BY d.document`, id)
	if err != nil {
		return fmt.Errorf("trace: settle %s: %w", id, err)
	}
	for _, document := range gone {
		if err := withdrawFrom(ctx, tx, id, document); err != nil {
			return fmt.Errorf("trace: settle %s: %w", id, err)
		}
		if _, err := tx.Exec(ctx, `UPDATE trace_document SET withdrawn = 1, revision = '' WHERE trace = $1 AND document = $2`, id, document); err != nil {
			return fmt.Errorf("trace: settle %s: %w", id, err)
		}
	}
	return nil
}

func withdrawFrom(ctx context.Context, tx *store.Tx, id, document string) error {
	var revision, answer, steps string
	var held bool
	t := Trace{ID: id}
	err := tx.QueryRow(ctx, `SELECT d.revision, d.held, t.question, t.answer, t.steps FROM trace t JOIN trace_document d ON d.trace = t.id
		WHERE t.id = $1 AND d.document = $2`, id, document).Scan(&revision, &held, &t.Question, &answer, &steps)
	if err != nil {
		return err
	}
	if err := decode(answer, &t.Answer); err != nil {
		return err
	}
	if err := decode(steps, &t.Steps); err != nil {
		return err
	}
	g := goneOf(t, document, revision, held)
	g.answer(&t.Answer)
	for i := range t.Steps {
		g.step(&t.Steps[i])
	}
	if answer, steps, _, err = encode(t); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE trace SET answer = $1, steps = $2 WHERE id = $3`, answer, steps, id); err != nil || !g.held {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE feedback SET corrected = '', reason = '' WHERE trace = $1`, id)
	return err
}

// decode reads JSON and keeps its numbers as they are written.
func decode(text string, into any) error {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	return d.Decode(into)
}

// answer takes the document out of an answer.
func (g *gone) answer(a *wenyuan.Answer) {
	a.Passages = slices.DeleteFunc(a.Passages, func(p wenyuan.Passage) bool { return p.Document == g.document })
	a.Citations = slices.DeleteFunc(a.Citations, func(c wenyuan.Citation) bool { return c.Document == g.document })
	left := map[string]bool{}
	for _, p := range a.Passages {
		left[p.ID], left[p.Source+"\n"+p.Revision] = true, true
	}
	a.Conflicts = slices.DeleteFunc(a.Conflicts, func(d wenyuan.Disagreement) bool { return !left[d.Passages[0]] || !left[d.Passages[1]] })
	a.Versions = slices.DeleteFunc(a.Versions, func(v wenyuan.Version) bool {
		return v.Kind == "revision" && g.revisions[v.Hash] && !left[v.Name+"\n"+v.Hash]
	})
	if g.held && !a.Refused { // a refusal is the house's own words
		g.sentences(a)
	}
}

// sentences leaves those that are supported by what is left, each where it stood.
func (g *gone) sentences(a *wenyuan.Answer) {
	numbers := map[int]bool{}
	for _, c := range a.Citations {
		numbers[c.N] = true
	}
	stays := func(s wenyuan.Sentence) bool {
		return s.Verdict == wenyuan.Supported && len(s.Citations) > 0 &&
			!slices.ContainsFunc(s.Citations, func(n int) bool { return !numbers[n] })
	}
	text, whole := without(a.Answer, a.Sentences, stays)
	a.Sentences = slices.DeleteFunc(a.Sentences, func(s wenyuan.Sentence) bool { return !whole || !stays(s) })
	a.Answer = text
	if len(a.Sentences) == 0 {
		a.Answer, a.Citations = "", []wenyuan.Citation{}
	}
}

var (
	markers = regexp.MustCompile(`^(?:\[\d+\])*`)
	lead    = regexp.MustCompile(`^\s*`)
)

// gap stands where sentences were taken out.
const gap = "[…]"

// without takes sentences with their markers out of an answer's text and leaves one sign for
// those in a row. When a sentence is not found in it, nothing can be left, and whole is false.
func without(text string, sentences []wenyuan.Sentence, stays func(wenyuan.Sentence) bool) (out string, whole bool) {
	var b strings.Builder
	gapped := false
	for _, s := range sentences {
		at := strings.Index(text, s.Text)
		if at < 0 || s.Text == "" {
			return "", false
		}
		end := at + len(s.Text)
		end += len(markers.FindString(text[end:]))
		switch {
		case stays(s):
			b.WriteString(text[:end])
			gapped = false
		case !gapped:
			b.WriteString(lead.FindString(text) + gap)
			gapped = true
		}
		text = text[end:]
	}
	return b.String(), true
}

// since says, in the language of the question, that something was withdrawn from an answer.
func (t Trace) since() string {
	switch {
	case t.Withdrawn == 0:
		return ""
	case lang.Of(t.Question) == lang.Chinese:
		return fmt.Sprintf("此后移除了 %d 个文档，出自其中的内容不再显示。", t.Withdrawn)
	case t.Withdrawn == 1:
		return "1 document was removed since; what came from it is no longer shown."
	}
	return fmt.Sprintf("%d documents were removed since; what came from them is no longer shown.", t.Withdrawn)
}

// Withheld says that nothing is left of an answer, because it came from documents that were
// removed since.
func (t Trace) Withheld() bool { return t.Withdrawn > 0 && t.Answer.Answer == "" }

// Delete takes traces away, with what people think of them and the samples that were made from them.
func Delete(ctx context.Context, tx *store.Tx, ids []string) error {
	if err := unlearn(ctx, tx, ids); err != nil {
		return err
	}
	return drop(ctx, tx, ids)
}

// drop takes traces away, with what people think of them.
func drop(ctx context.Context, tx *store.Tx, ids []string) error {
	for part := range slices.Chunk(ids, batch) {
		for _, q := range []string{`DELETE FROM feedback WHERE trace IN (`, `DELETE FROM trace_document WHERE trace IN (`, `DELETE FROM trace WHERE id IN (`} {
			if _, err := tx.Exec(ctx, q+store.Marks(1, len(part))+`)`, store.Args(part)...); err != nil {
				return fmt.Errorf("trace: delete: %w", err)
			}
		}
	}
	return nil
}

const batch = 500 // rows of one statement

// Erase takes away every trace of somebody's questions, with what people think of them, and says how
// many there were.
func Erase(ctx context.Context, tx *store.Tx, principal string) (int64, error) {
	ids, err := column(ctx, tx, `SELECT id FROM trace WHERE principal = $1`, principal)
	if err != nil {
		return 0, fmt.Errorf("trace: erase: %w", err)
	}
	return int64(len(ids)), Delete(ctx, tx, ids)
}

// Expire takes away the oldest traces of a space from before a time (UTC microseconds), up to limit,
// and says how many. Samples that were made from them stay, unless the policy of the space has them go
// too.
func Expire(ctx context.Context, tx *store.Tx, space string, before int64, limit int) (int64, error) {
	ids, err := column(ctx, tx, fmt.Sprintf(`SELECT id FROM trace WHERE space = $1 AND created < $2 ORDER BY id LIMIT %d`, limit), space, before)
	if err != nil {
		return 0, fmt.Errorf("trace: expire: %w", err)
	}
	policy, err := PolicyOf(ctx, tx, space)
	if err != nil {
		return 0, err
	}
	if policy.LearnDrop {
		return int64(len(ids)), Delete(ctx, tx, ids)
	}
	return int64(len(ids)), drop(ctx, tx, ids)
}
