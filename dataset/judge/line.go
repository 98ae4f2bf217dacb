package judge

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"wenyuan/dataset/form"
)

// The formats in which items and judgements come and go.
const (
	Lines  = "lines"  // plain JSON lines: a Line each
	Studio = "studio" // tasks of Label Studio with their annotations: one list, or one a line
)

// A Line is an item with what was said of it, in plain JSON lines.
type Line struct {
	Messages   []form.Message `json:"messages"`
	Answers    []Candidate    `json:"answers,omitempty"`
	Passages   []Passage      `json:"passages,omitempty"`
	Licence    string         `json:"licence,omitempty"`
	Teacher    string         `json:"teacher,omitempty"`
	Gold       *Given         `json:"gold,omitempty"`
	Judgements []Told         `json:"judgements,omitempty"`
}

// inLine is a Line as somebody may write it: answers as texts, orders by their places.
type inLine struct {
	Question   string            `json:"question"`
	Messages   []form.Message    `json:"messages"`
	Answers    []json.RawMessage `json:"answers"`
	Answer     string            `json:"answer"`
	Passages   []Passage         `json:"passages"`
	Licence    string            `json:"licence"`
	Teacher    string            `json:"teacher"`
	Gold       *inGiven          `json:"gold"`
	Judgements []struct {
		Person  string  `json:"person"`
		Given   inGiven `json:"given"`
		Decides bool    `json:"decides"`
		Created int64   `json:"created"`
		Under   string  `json:"guidelines"`
	} `json:"judgements"`
}

// inGiven is a Given whose order may name answers by their places, from 1.
type inGiven struct {
	Answer string              `json:"answer"`
	Order  [][]json.RawMessage `json:"order"`
	Note   string              `json:"note"`
	Skip   string              `json:"skip"`
	Took   int64               `json:"took_us"`
}

// readLine reads a plain line.
func readLine(text []byte) (l Line, err error) {
	var in inLine
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return l, bad("the line is no item as it is written here: "+err.Error(), "fields: messages or question, answers or answer, passages, licence, teacher, gold, judgements")
	}
	l = Line{Messages: in.Messages, Passages: in.Passages, Licence: in.Licence, Teacher: in.Teacher}
	if in.Question != "" {
		l.Messages = append(l.Messages, form.Message{Role: form.User, Content: in.Question})
	}
	if in.Answer != "" {
		in.Answers = append(in.Answers, quoted(in.Answer))
	}
	named, err := l.answers(in.Answers)
	if err != nil {
		return l, err
	}
	if in.Gold != nil {
		g, err := in.Gold.given(named)
		if err != nil {
			return l, err
		}
		l.Gold = &g
	}
	for _, j := range in.Judgements {
		g, err := j.Given.given(named)
		if err != nil {
			return l, err
		}
		l.Judgements = append(l.Judgements, Told{Person: j.Person, Given: g, Decides: j.Decides, Created: j.Created, Under: j.Under})
	}
	return l, nil
}

func quoted(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		return nil // never: it is a text
	}
	return b
}

// answers takes in answers as texts or as objects with an id of the file's own, and gives their ids by that id and
// by their place.
func (l *Line) answers(in []json.RawMessage) (named map[string]string, err error) {
	named = map[string]string{}
	for i, raw := range in {
		var text string
		var o struct{ ID, Text, Model, Body, Title string }
		switch {
		case json.Unmarshal(raw, &text) == nil:
		case json.Unmarshal(raw, &o) == nil && cmp.Or(o.Text, o.Body) != "":
			text = cmp.Or(o.Text, o.Body)
		default:
			return nil, bad(fmt.Sprintf("answer %d says nothing", i+1), "give a text, or an object with text")
		}
		c := candidate(text, o.Model)
		if slices.ContainsFunc(l.Answers, func(a Candidate) bool { return a.ID == c.ID }) {
			return nil, bad(fmt.Sprintf("answer %d stands there twice", i+1), "give each once")
		}
		l.Answers = append(l.Answers, c)
		named[fmt.Sprint(i+1)] = c.ID
		if o.ID != "" {
			named[o.ID] = c.ID
		}
	}
	for _, a := range l.Answers {
		named[a.ID] = a.ID
	}
	slices.SortFunc(l.Answers, func(a, b Candidate) int { return strings.Compare(a.ID, b.ID) })
	return named, nil
}

// given is what was said, with the answers by their ids here.
func (in inGiven) given(named map[string]string) (Given, error) {
	g := Given{Answer: in.Answer, Note: in.Note, Skip: in.Skip, Took: in.Took}
	for _, group := range in.Order {
		var ids []string
		for _, raw := range group {
			name := strings.Trim(string(raw), `"`)
			id, ok := named[name]
			if !ok {
				return g, bad(fmt.Sprintf("the order names an answer %q that there is not", name), "name answers by their id, or by their place from 1")
			}
			ids = append(ids, id)
		}
		g.Order = append(g.Order, ids)
	}
	return g, nil
}

// fit holds a line against what the task may have.
func (l *Line) fit(t Task) error {
	if n := len(l.Messages); n == 0 || l.Messages[n-1].Role != form.User || strings.TrimSpace(l.Messages[n-1].Content) == "" {
		return bad("there is no question", "give question, or messages that end with one of the user")
	}
	row := form.Row{Kind: form.Chat, Messages: append(slices.Clone(l.Messages), form.Message{Role: form.Assistant, Content: "."})}
	if err := row.Check(); err != nil {
		return err
	}
	switch n := len(l.Answers); {
	case t.Kind == Rank && (n < 2 || n > MaxAnswers):
		return bad(fmt.Sprintf("an item to rank has 2 to %d answers, and this one %d", MaxAnswers, n), "give more, or make a task of the kind answer")
	case t.Kind == Answer && n > 1:
		return bad(fmt.Sprintf("an item whose answer is written has one answer at most, and this one %d", n), "leave the others out, or make a task of the kind rank")
	}
	x := Item{Answers: l.Answers}
	if l.Gold != nil {
		l.Gold.Skip = ""
		if err := t.fit(x, l.Gold); err != nil {
			return err
		}
	}
	people := map[string]bool{}
	for i := range l.Judgements {
		j := &l.Judgements[i]
		key := fmt.Sprint(j.Decides, j.Person)
		if j.Person == "" || len(j.Person) > 200 || people[key] {
			return bad(fmt.Sprintf("judgement %d does not say who judged, or somebody judged twice", i+1), "name each person once, in up to 200 bytes")
		}
		people[key] = true
		if err := t.fit(x, &j.Given); err != nil {
			return err
		}
		j.Given.Took = min(max(j.Given.Took, 0), longest)
	}
	slices.SortStableFunc(l.Judgements, compareTold)
	return nil
}

// compareTold is the order in which judgements are kept and written.
func compareTold(a, b Told) int {
	return cmp.Or(int(number(a.Decides)-number(b.Decides)), cmp.Compare(a.Created, b.Created), strings.Compare(a.Person, b.Person))
}

// write gives a line in a format.
func (l Line) write(format string, at int) ([]byte, error) {
	var v any = l
	if format == Studio {
		v = l.studio(at)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("judge: export: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// readAs reads a line of a format.
func readAs(format string, text []byte) (Line, error) {
	if format == Studio {
		return readStudio(text)
	}
	return readLine(text)
}
