package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// An Exemplar is a sample as an example of how to answer: one question with an answer that somebody found good.
type Exemplar struct {
	Sample       string     `json:"sample"`
	Question     string     `json:"question,omitempty"`
	Answer       string     `json:"answer,omitempty"`
	Hash         string     `json:"hash,omitempty"` // SHA-256 of both, hexadecimal
	Language     string     `json:"language,omitempty"`
	Origin       string     `json:"origin"`
	Trace        string     `json:"trace,omitempty"`        // the answer that it was made from
	Conversation string     `json:"conversation,omitempty"` // of a ranking: its id
	Licence      string     `json:"licence,omitempty"`
	Teacher      string     `json:"teacher,omitempty"` // the model that wrote it; "" for people
	Documents    []Document `json:"documents,omitempty"`
	Left         string     `json:"left,omitempty"` // why no model is shown it: one of the reasons below; "" where one may be

	row form.Row
}

// Why a sample is no example, or not one now.
const (
	LeftErased    = "erased"    // what it was made from was erased, or it was
	LeftAside     = "aside"     // risk control or a reviewer set it aside
	LeftRemoved   = "removed"   // one of its documents is there no more
	LeftChanged   = "changed"   // one of its documents is another than the answer was made from
	LeftTurns     = "turns"     // it is no single question with an answer
	LeftLong      = "long"      // its question or answer is longer than MaxExemplar
	LeftDisliked  = "disliked"  // the answer was called bad
	LeftUnjudged  = "unjudged"  // nobody has judged the answer
	LeftLiked     = "liked"     // somebody only liked the answer, and it was not said that this is enough
	LeftOutranked = "outranked" // people put another answer before it
	LeftGate      = "gate"      // a set that a gate asks holds it
	LeftHidden    = "hidden"    // who asks does not see it
)

// MaxExemplar is how many code points the question or the answer of an example may have.
const MaxExemplar = 8000

// Exemplars reads samples for being shown to a model beside a question of whoever the scope is of, by their ids and
// in their order: those alone of which it sees every document. It does not ask whose they are: somebody who
// saw them made them examples. One that may not be shown has no words, and says why.
func Exemplars(ctx context.Context, tx *store.Tx, sc scope.Scope, ids []string) (all []Exemplar, err error) {
	seen, err := see(ctx, tx, sc, ids, func(string) bool { return true })
	if err != nil || len(seen) == 0 {
		return nil, err
	}
	found, err := exemplars(ctx, tx, sc, ids)
	for _, id := range ids {
		if x := found[id]; x != nil && seen[id] {
			if x.Left != "" {
				x.Question, x.Answer = "", ""
			}
			all = append(all, *x)
		}
	}
	return all, err
}

// ExemplarQuestions gives what examples answer, by their samples' ids, for an index of them that holds no word. It looks at
// nobody's rights, so nothing of it is to be shown.
func ExemplarQuestions(ctx context.Context, tx *store.Tx, sc scope.Scope, ids []string) (map[string]string, error) {
	found, err := exemplars(ctx, tx, sc, ids)
	out := map[string]string{}
	for id, x := range found {
		if x.Question != "" {
			out[id] = x.Question
		}
	}
	return out, err
}

// exemplars reads samples of the scope's space, whoever may see them.
func exemplars(ctx context.Context, tx *store.Tx, sc scope.Scope, ids []string) (map[string]*Exemplar, error) {
	found := make(map[string]*Exemplar, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	created := map[string]int64{}
	args := append([]any{sc.Space()}, store.Args(ids)...)
	err := tx.Each(ctx, func(r store.Row) error {
		var x Exemplar
		var state, row string
		var at int64
		if err := r.Scan(&x.Sample, &state, &row, &x.Origin, &x.Trace, &x.Conversation, &x.Language, &x.Licence, &x.Teacher, &at); err != nil {
			return err
		}
		switch state {
		case Erased:
			x.Left = LeftErased
		case Aside:
			x.Left = LeftAside
		}
		if row != "" {
			if err := json.Unmarshal([]byte(row), &x.row); err != nil {
				return fmt.Errorf("the row of %s: %w", x.Sample, err)
			}
			x.read()
		}
		found[x.Sample], created[x.Sample] = &x, at
		return nil
	}, `SELECT id, state, row, origin, trace, conversation, language, licence, teacher, created FROM sample WHERE space = $1 AND id IN (`+store.Marks(2, len(ids))+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("dataset: exemplars: %w", err)
	}
	err = tx.Each(ctx, func(r store.Row) error {
		var id, now string
		var d Document
		var there, updated int64
		if err := r.Scan(&id, &d.ID, &d.Revision, &there, &now, &updated); err != nil {
			return err
		}
		x := found[id]
		if x == nil {
			return nil
		}
		x.Documents = append(x.Documents, d)
		switch {
		case there == 0:
			x.Left = LeftRemoved
		case x.Left != "":
		case d.Revision != "" && d.Revision != now, d.Revision == "" && updated > created[id]:
			x.Left = LeftChanged
		}
		return nil
	}, `SELECT d.sample, d.document, d.revision, CASE WHEN n.id IS NULL THEN 0 ELSE 1 END, COALESCE(n.revision, ''), COALESCE(n.updated, 0) FROM sample_document d
		LEFT JOIN document n ON n.id = d.document WHERE d.sample IN (`+store.Marks(1, len(ids))+`) ORDER BY d.sample, d.document`, store.Args(ids)...)
	if err != nil {
		return nil, fmt.Errorf("dataset: exemplars: %w", err)
	}
	return found, nil
}

// read takes question and answer out of the row, or says why it has none.
func (x *Exemplar) read() {
	left := func(why string) {
		if x.Left == "" {
			x.Left = why
		}
	}
	asked, answer := Question(x.row), x.row.Chosen
	if x.row.Kind != form.Preference && len(x.row.Messages) > 0 {
		answer = x.row.Messages[len(x.row.Messages)-1:]
	}
	if len(asked) != 1 || asked[0].Role != form.User || len(answer) != 1 || answer[0].Role != form.Assistant || len(answer[0].Calls) > 0 {
		left(LeftTurns)
		return
	}
	x.Question, x.Answer = strings.TrimSpace(asked[0].Content), strings.TrimSpace(answer[0].Content)
	sum := sha256.Sum256([]byte(x.Question + "\x00" + x.Answer))
	x.Hash = hex.EncodeToString(sum[:])
	switch {
	case x.Question == "" || x.Answer == "":
		left(LeftTurns)
	case utf8.RuneCountInString(x.Question) > MaxExemplar || utf8.RuneCountInString(x.Answer) > MaxExemplar:
		left(LeftLong)
	case x.row.Kind == form.Label && (x.row.Good == nil || !*x.row.Good):
		left(LeftDisliked)
	}
}

// Worth are the samples of those named that may become examples, in their order, and how many of the others are not, by why not. Without
// named set, people have to have judged the answer: it was written, corrected, or put first by them; with liked set it is enough that
// somebody liked it. With named set somebody names each of them, and so says themselves that the answer is good. p sees all that
// is given; what a set holds that a gate asks is never worth it.
func (s *Sets) Worth(ctx context.Context, sc scope.Scope, p wenyuan.Principal, ids []string, named, liked bool) (good []Exemplar, left map[string]int, err error) {
	left = map[string]int{}
	if err := mayRead(sc); err != nil {
		return nil, left, err
	}
	gates, err := s.gates(ctx, sc, p, Recipe{})
	if err != nil {
		return nil, left, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		good, left = nil, map[string]int{}
		seen, err := visible(ctx, tx, sc, p, ids)
		if err != nil {
			return err
		}
		found, err := exemplars(ctx, tx, sc, ids)
		if err != nil {
			return err
		}
		beaten, err := outranked(ctx, tx, sc, found)
		if err != nil {
			return err
		}
		for _, id := range ids {
			x := found[id]
			if x == nil || !seen[id] {
				left[LeftHidden]++
				continue
			}
			if why := x.worth(named, liked, beaten[id], gates); why != "" {
				left[why]++
				continue
			}
			good = append(good, *x)
		}
		return nil
	})
	return good, left, err
}

// worth says why a sample does not become an example; "" where it does.
func (x *Exemplar) worth(named, liked, beaten bool, gates []*gate) string {
	switch kind := x.row.Kind; {
	case x.Left != "":
		return x.Left
	case beaten:
		return LeftOutranked
	case named:
	case kind == form.Label && !liked:
		return LeftLiked
	case x.Origin != Judged && x.Origin != Feedback:
		return LeftUnjudged
	}
	text := words(x.row)
	t := tokens(text)
	for _, g := range gates {
		if g.holds(t, text) {
			return LeftGate
		}
	}
	return ""
}

// outranked are the samples whose answer came behind another one in the ranking that they are from: of the
// pairs of a ranking all but those of its best answer.
func outranked(ctx context.Context, tx *store.Tx, sc scope.Scope, found map[string]*Exemplar) (map[string]bool, error) {
	beaten, ids := map[string]bool{}, []string{}
	for id, x := range found {
		if x.row.Kind == form.Preference {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return beaten, nil
	}
	err := tx.Each(ctx, func(r store.Row) error {
		var id, text string
		var other form.Row
		if err := r.Scan(&id, &text); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &other); err != nil {
			return err
		}
		if n := len(other.Rejected); n > 0 && strings.TrimSpace(other.Rejected[n-1].Content) == found[id].Answer {
			beaten[id] = true
		}
		return nil
	}, `SELECT a.sample, s.row FROM judge_made a JOIN judge_made b ON b.item = a.item JOIN sample s ON s.id = b.sample AND s.space = $1 AND s.kind = 'preference' AND s.state <> 'erased'
		WHERE a.sample IN (`+store.Marks(2, len(ids))+`)`, append([]any{sc.Space()}, store.Args(ids)...)...)
	if err != nil {
		return nil, fmt.Errorf("dataset: exemplars: %w", err)
	}
	return beaten, nil
}

// SaidOf gives the samples of a set that come from what people judged or said, in the order of the set and up to most of them;
// more says that there are others. which is as in [Sets.Get]. What was mined by comparing answers is not among them.
func (s *Sets) SaidOf(ctx context.Context, sc scope.Scope, which string, liked bool, most int) (v wenyuan.Version, ids []string, more bool, err error) {
	f, err := s.version(ctx, sc, which)
	if err != nil {
		return v, nil, false, err
	}
	kinds := `('chat', 'preference')`
	if liked {
		kinds = `('chat', 'preference', 'label')`
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		ids, err = store.Column[string](ctx, tx, fmt.Sprintf(`SELECT r.sample FROM dataset_row r JOIN sample s ON s.id = r.sample
			WHERE r.space = $1 AND r.dataset = $2 AND s.state = 'ready' AND s.origin IN ('judged', 'feedback') AND s.source NOT LIKE 'mine:%%' AND s.kind IN %s
			ORDER BY r.number LIMIT %d`, kinds, most+1), sc.Space(), f.Hash)
		return err
	})
	if more = len(ids) > most; more {
		ids = ids[:most]
	}
	return f.Version, ids, more, err
}
