package judge

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"wenyuan/dataset/form"
)

// A studioTask is a task of Label Studio as it is written here ("Label Studio JSON format of annotated tasks"):
// question and answers in data, judgements as annotations. An answer is a textarea named answer; an order is a
// ranker named rank with a bucket for each place, named by its number, so that ties share one.
type studioTask struct {
	ID          int          `json:"id"`
	Data        studioData   `json:"data"`
	Annotations []studioNote `json:"annotations"`
}

type studioData struct {
	Question string         `json:"question"` // the last message
	Messages []form.Message `json:"messages,omitempty"`
	Answers  []studioAnswer `json:"answers,omitempty"`
	Passages []Passage      `json:"passages,omitempty"`
	Licence  string         `json:"licence,omitempty"`
	Teacher  string         `json:"teacher,omitempty"`
}

// A studioAnswer is an item of Label Studio's List.
type studioAnswer struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Body  string `json:"body"`
	Model string `json:"model,omitempty"`
}

type studioNote struct {
	ID        int            `json:"id"`
	By        any            `json:"completed_by,omitempty"`
	Result    []studioResult `json:"result"`
	Cancelled bool           `json:"was_cancelled"`
	Truth     bool           `json:"ground_truth"`
	Created   string         `json:"created_at,omitempty"`
	Lead      float64        `json:"lead_time,omitempty"` // seconds
}

type studioResult struct {
	ID    string          `json:"id"`
	From  string          `json:"from_name"`
	To    any             `json:"to_name"`
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

const studioTime = "2006-01-02T15:04:05.000000Z"

// studio is a line as a task of Label Studio.
func (l Line) studio(at int) studioTask {
	t := studioTask{ID: at, Annotations: []studioNote{}}
	t.Data = studioData{Question: l.Messages[len(l.Messages)-1].Content, Passages: l.Passages, Licence: l.Licence, Teacher: l.Teacher}
	if len(l.Messages) > 1 || l.Messages[0].Name != "" {
		t.Data.Messages = l.Messages
	}
	for i, a := range l.Answers {
		t.Data.Answers = append(t.Data.Answers, studioAnswer{a.ID, strconv.Itoa(i + 1), a.Text, a.Model})
	}
	if l.Gold != nil {
		t.Annotations = append(t.Annotations, studioNote{ID: 1, Result: results(*l.Gold, "", false), Truth: true})
	}
	for _, j := range l.Judgements {
		n := studioNote{ID: len(t.Annotations) + 1, By: j.Person, Result: results(j.Given, j.Under, j.Decides), Cancelled: j.Given.Skip != "", Lead: float64(j.Given.Took) / 1e6}
		if j.Created != 0 {
			n.Created = time.UnixMicro(j.Created).UTC().Format(studioTime)
		}
		t.Annotations = append(t.Annotations, n)
	}
	return t
}

// results are what somebody said, as the results of an annotation.
func results(g Given, under string, decides bool) []studioResult {
	out := []studioResult{}
	add := func(from, to, kind string, value any) {
		raw, err := json.Marshal(map[string]any{kind: value})
		if err != nil {
			return // never: these are texts
		}
		out = append(out, studioResult{fmt.Sprintf("r%d", len(out)+1), from, to, kind, raw})
	}
	text := func(from, s string) {
		if s != "" {
			raw, err := json.Marshal(map[string]any{"text": []string{s}})
			if err == nil {
				out = append(out, studioResult{fmt.Sprintf("r%d", len(out)+1), from, "question", "textarea", raw})
			}
		}
	}
	text("answer", g.Answer)
	if g.Order != nil {
		buckets := map[string][]string{}
		for i, group := range g.Order {
			buckets[strconv.Itoa(i+1)] = group
		}
		add("rank", "answers", "ranker", buckets)
	}
	text("note", g.Note)
	text("skip", g.Skip)
	text("guidelines", under)
	if decides {
		add("adjudication", "question", "choices", []string{"decides"})
	}
	return out
}

// readStudio reads a task of Label Studio. What it knows nothing of is kept beside, so that it is written again.
func readStudio(text []byte) (l Line, err error) {
	var t struct {
		Data        map[string]json.RawMessage `json:"data"`
		Annotations []studioNote               `json:"annotations"`
	}
	if err := json.Unmarshal(text, &t); err != nil {
		return l, bad("the task is none of Label Studio: "+err.Error(), "export it as JSON, with data and annotations")
	}
	if t.Data == nil {
		return l, bad("the task of Label Studio has no data", "export it as JSON, with data and annotations")
	}
	named, err := l.studioData(t.Data)
	if err != nil {
		return l, err
	}
	for i, n := range t.Annotations {
		j, gold, err := n.told(named)
		if err != nil {
			return l, fmt.Errorf("annotation %d: %w", i+1, err)
		}
		if gold {
			l.Gold = &j.Given
			continue
		}
		l.Judgements = append(l.Judgements, j)
	}
	return l, nil
}

// studioData takes in the data of a task, as they are named here and in the templates of Label Studio.
func (l *Line) studioData(data map[string]json.RawMessage) (named map[string]string, err error) {
	texts := func(names ...string) (string, error) {
		for _, name := range names {
			if raw, ok := data[name]; ok {
				var s string
				if err := json.Unmarshal(raw, &s); err != nil {
					return "", bad(fmt.Sprintf("%s is no text", name), "give a text")
				}
				return s, nil
			}
		}
		return "", nil
	}
	into := func(name string, v any) error {
		if raw, ok := data[name]; ok {
			if err := json.Unmarshal(raw, v); err != nil {
				return bad(fmt.Sprintf("%s of the data cannot be read: %v", name, err), "look at the manual's page about judging")
			}
		}
		return nil
	}
	for name, v := range map[string]any{"messages": &l.Messages, "passages": &l.Passages, "licence": &l.Licence, "teacher": &l.Teacher} {
		if err := into(name, v); err != nil {
			return nil, err
		}
	}
	if l.Messages == nil {
		question, err := texts("question", "prompt", "instruction", "text")
		if err != nil {
			return nil, err
		}
		l.Messages = []form.Message{{Role: form.User, Content: question}}
	}
	var answers []json.RawMessage
	for _, name := range []string{"answers", "items", "responses"} {
		if answers == nil {
			if err := into(name, &answers); err != nil {
				return nil, err
			}
		}
	}
	for _, names := range [][]string{{"answer", "response"}, {"answer1", "response1"}, {"answer2", "response2"}} {
		s, err := texts(names...)
		if err != nil {
			return nil, err
		}
		if s != "" {
			answers = append(answers, quoted(s))
		}
	}
	return l.answers(answers)
}

// told is an annotation as a judgement.
func (n studioNote) told(named map[string]string) (j Told, gold bool, err error) {
	j.Person = personIn(n.By)
	if n.Created != "" {
		at, err := time.Parse(time.RFC3339, n.Created)
		if err != nil {
			return j, false, bad(fmt.Sprintf("created_at is %q", n.Created), "a time such as 2026-03-09T22:16:08.728353Z")
		}
		j.Created = at.UnixMicro()
	}
	if n.Lead > 0 && n.Lead < 1e9 {
		j.Given.Took = int64(math.Round(n.Lead * 1e6))
	}
	for _, r := range n.Result {
		if err := r.into(&j, named); err != nil {
			return j, false, err
		}
	}
	if n.Cancelled && j.Given.Skip == "" {
		j.Given.Skip = "was_cancelled"
	}
	return j, n.Truth, nil
}

// personIn is who an annotation names: an id, or an object with an e-mail address.
func personIn(by any) string {
	switch v := by.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]any:
		if s, ok := v["email"].(string); ok && s != "" {
			return s
		}
		return personIn(v["id"])
	}
	return ""
}

// into takes one result of an annotation over.
func (r studioResult) into(j *Told, named map[string]string) error {
	var v struct {
		Text     json.RawMessage     `json:"text"`
		Ranker   map[string][]string `json:"ranker"`
		Selected string              `json:"selected"`
		Choices  []string            `json:"choices"`
	}
	if err := json.Unmarshal(r.Value, &v); err != nil {
		return bad(fmt.Sprintf("the value of %s cannot be read: %v", r.From, err), "export it as JSON")
	}
	switch r.Type {
	case "textarea":
		return r.text(j, v.Text)
	case "ranker":
		order, err := buckets(v.Ranker, named)
		j.Given.Order = order
		return err
	case "pairwise":
		return pairwise(j, v.Selected, named)
	case "choices":
		if r.From == "adjudication" {
			j.Decides = slices.Contains(v.Choices, "decides")
		}
	}
	return nil
}

// text takes a textarea over, by its name; one that is called by no name known here is the answer.
func (r studioResult) text(j *Told, raw json.RawMessage) error {
	var lines []string
	var one string
	if json.Unmarshal(raw, &lines) != nil {
		if err := json.Unmarshal(raw, &one); err != nil {
			return bad(fmt.Sprintf("the text of %s cannot be read: %v", r.From, err), "export it as JSON")
		}
		lines = []string{one}
	}
	s := strings.Join(lines, "\n")
	switch r.From {
	case "note", "comment":
		j.Given.Note = s
	case "skip":
		j.Given.Skip = s
	case "guidelines":
		j.Under = s
	default:
		j.Given.Answer = s
	}
	return nil
}

// buckets is a ranker's value as an order. Buckets named by numbers are places, the smallest the best; a single
// one of another name is a list in order.
func buckets(in map[string][]string, named map[string]string) (order [][]string, err error) {
	one := func(id string) (string, error) {
		if named[id] == "" {
			return "", bad(fmt.Sprintf("the order names an answer %q that there is not", id), "each id of a bucket is one of the answers")
		}
		return named[id], nil
	}
	delete(in, "_")
	type place struct {
		at  int
		ids []string
	}
	var places []place
	for name, ids := range in {
		at, err := strconv.Atoi(name)
		if err != nil && len(in) > 1 {
			return nil, bad(fmt.Sprintf("the bucket %q is no place", name), "name buckets 1, 2, 3: 1 is the best")
		}
		if err == nil {
			places = append(places, place{at, ids})
			continue
		}
		for _, id := range ids {
			places = append(places, place{len(places), []string{id}})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.at, b.at) })
	for _, p := range places {
		var group []string
		for _, id := range p.ids {
			s, err := one(id)
			if err != nil {
				return nil, err
			}
			group = append(group, s)
		}
		if len(group) > 0 {
			order = append(order, group)
		}
	}
	return order, nil
}

// pairwise is a choice between the first and the second answer.
func pairwise(j *Told, selected string, named map[string]string) error {
	first, second := named["1"], named["2"]
	switch {
	case first == "" || second == "" || named["3"] != "":
		return bad("a pairwise choice needs two answers", "give answer1 and answer2 in the data")
	case selected == "left":
		j.Given.Order = [][]string{{first}, {second}}
	case selected == "right":
		j.Given.Order = [][]string{{second}, {first}}
	default:
		return bad(fmt.Sprintf("a pairwise choice is %q", selected), "left or right")
	}
	return nil
}
