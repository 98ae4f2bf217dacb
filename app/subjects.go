package app

import (
	"context"
	"fmt"
	"strings"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/dataset/form"
	"wenyuan/eval/item"
	"wenyuan/eval/record"
	"wenyuan/eval/run"
	"wenyuan/eval/shipped"
	"wenyuan/gateway"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
	"wenyuan/prompt"
	"wenyuan/store"
	"wenyuan/version"
)

// subjects are the models and assistants of the house, as those who evaluate them ask them.
type subjects struct{ a *App }

var _ run.Subjects = subjects{}

// Resolve finds a version by how a person names it.
func (s subjects) Resolve(ctx context.Context, sc scope.Scope, name string) (v wenyuan.Version, err error) {
	kind, rest, named := strings.Cut(name, ":")
	if named && trained(kind) {
		bare, ref, _ := strings.Cut(rest, "@")
		return s.a.Training.Find(ctx, sc, kind, bare, ref)
	}
	if !named || kind != gateway.Kind && kind != answer.Kind {
		kind, rest = "", name
	}
	bare, ref, _ := strings.Cut(rest, "@")
	m, isModel := s.a.chat(sc.Space(), bare)
	isModel = isModel && bare != ""
	as, err := s.a.Answerer.Assistant(ctx, sc, bare)
	if err != nil && wenyuan.CodeOf(err) != wenyuan.NotFound {
		return v, err
	}
	if err != nil && kind == answer.Kind && ref != "" { // none is in use yet, but versions are kept
		hash, err := s.find(ctx, sc, wenyuan.Version{Kind: kind, Name: bare}, ref)
		if err != nil {
			return v, err
		}
		as, err = s.a.Answerer.AssistantAt(ctx, sc, bare, hash)
		return wenyuan.Version{Kind: kind, Name: bare, Hash: as.Hash}, err
	}
	isAssistant := err == nil
	switch {
	case kind == "" && isModel && isAssistant:
		return v, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("both a model and an assistant are named %q", bare), Hint: "say which is meant: model:NAME or assistant:NAME"}
	case isModel && kind != answer.Kind:
		return s.model(ctx, sc, m, ref)
	case isAssistant && kind != gateway.Kind:
		return s.assistant(ctx, sc, as, ref)
	}
	return v, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no model or assistant named %q", name), Hint: "wenyuan model list and wenyuan assistant list show them; what training made is named adapter:NAME or base:NAME"}
}

// model finds a version of a model that is in use.
func (s subjects) model(ctx context.Context, sc scope.Scope, m answer.Chat, ref string) (v wenyuan.Version, err error) {
	v = wenyuan.Version{Kind: gateway.Kind, Name: m.Name}
	now, ok := s.a.Models.Get(sc.Space(), m.Name)
	if !ok {
		return v, gateway.Unknown(m.Name)
	}
	v.Hash = now.Hash()
	if ref == "" || ref == version.Production || len(ref) >= 6 && strings.HasPrefix(v.Hash, ref) {
		return v, nil
	}
	if v.Hash, err = s.find(ctx, sc, v, ref); err != nil {
		return v, err
	}
	if _, ok := s.a.Models.At(sc.Space(), m.Name, v.Hash); !ok {
		return v, &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the version %.12s of the model %q is not in use, so it cannot be asked", v.Hash, m.Name), Hint: "declare it under a name of its own, or give it a share"}
	}
	return v, nil
}

// assistant finds a version of an assistant.
func (s subjects) assistant(ctx context.Context, sc scope.Scope, as answer.Assistant, ref string) (v wenyuan.Version, err error) {
	v = wenyuan.Version{Kind: answer.Kind, Name: as.Name, Hash: as.Hash}
	if ref != "" && ref != version.Production {
		v.Hash, err = s.find(ctx, sc, v, ref)
	}
	return v, err
}

// find finds the hash of a version by a label or by its beginning.
func (s subjects) find(ctx context.Context, sc scope.Scope, v wenyuan.Version, ref string) (hash string, err error) {
	err = s.a.Store.Read(ctx, func(tx *store.Tx) error {
		at, err := version.Resolve(ctx, tx, sc.Space(), v.Kind, v.Name, ref)
		if hash = at.Hash; wenyuan.CodeOf(err) == wenyuan.NotFound {
			hash, err = version.Find(ctx, tx, sc.Space(), v.Kind, v.Name, ref)
		}
		return err
	})
	return hash, err
}

// Ask asks a version one item. Whatever took the place of the version is no answer of it.
func (s subjects) Ask(ctx context.Context, sc scope.Scope, who wenyuan.Principal, v wenyuan.Version, i item.Item, o record.Options) (item.Said, error) {
	ctx = manner.With(ctx, manner.Manner{Class: manner.Batch, Scope: sc, Told: &manner.Told{}})
	if i.Sample != "" {
		var err error
		if ctx, err = s.insideLike(ctx, sc); err != nil {
			return item.Said{}, err
		}
	}
	switch {
	case trained(v.Kind):
		return s.askTrained(ctx, sc, v, i, o)
	case v.Kind == gateway.Kind:
		return s.askModel(ctx, sc, v, i, o)
	}
	return s.askAssistant(ctx, sc, who, v, i)
}

// insideLike keeps what was said in a space with a closed corpus inside the house.
func (s subjects) insideLike(ctx context.Context, sc scope.Scope) (context.Context, error) {
	all, err := s.a.Library.Corpora(ctx, sc)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.Name
	}
	return s.a.Library.Inside(ctx, sc, names...)
}

// maxSaid is how many bytes of an answer are read; a model that goes on is cut off.
const maxSaid = 256 << 10

func (s subjects) askModel(ctx context.Context, sc scope.Scope, v wenyuan.Version, i item.Item, o record.Options) (said item.Said, err error) {
	m, ok := s.a.Models.At(sc.Space(), v.Name, v.Hash)
	if !ok {
		return said, &wenyuan.Error{Code: wenyuan.Conflict, Message: fmt.Sprintf("the version %.12s of the model %q is not in use, so it cannot be asked", v.Hash, v.Name), Hint: "declare it under a name of its own, or give it a share"}
	}
	cold, seed := 0.0, int64(o.Seed>>1) // the same answer each time, as far as the server gives it
	q := wenyuan.Request{Temperature: &cold, Seed: &seed, MaxTokens: o.MaxTokens, Whole: true}
	for _, x := range i.Messages {
		q.Messages = append(q.Messages, wenyuan.Message{Role: x.Role, Content: x.Content, Name: x.Name})
	}
	var text strings.Builder
	for c, err := range m.Stream(ctx, q) {
		if err != nil {
			return said, err
		}
		text.WriteString(c.Text)
		said.Cut = said.Cut || c.Finish == "length"
		if c.Usage != nil {
			said.Usage = *c.Usage
		}
		if text.Len() > maxSaid {
			said.Cut = true
			break
		}
	}
	said.Text = text.String()
	return said, nil
}

func (s subjects) askAssistant(ctx context.Context, sc scope.Scope, who wenyuan.Principal, v wenyuan.Version, i item.Item) (said item.Said, err error) {
	q := answer.Question{Assistant: v.Name, Version: v.Hash, Text: i.Question(), Apart: true}
	for k := 0; k+1 < len(i.Messages)-1; k++ {
		if i.Messages[k].Role == form.User && i.Messages[k+1].Role == form.Assistant {
			q.Past = append(q.Past, prompt.Turn{Question: i.Messages[k].Content, Answer: i.Messages[k+1].Content})
		}
	}
	a, err := s.a.Answerer.Ask(ctx, sc, who, q, nil)
	if err != nil {
		return said, err
	}
	if a.Degraded != "" {
		return said, &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model of the assistant could not answer, and something else took its place", Hint: "look whether its model can be reached: wenyuan model test NAME"}
	}
	said = item.Said{Text: a.Answer, Refused: a.Refused}
	if a.Usage != nil {
		said.Usage = *a.Usage
	}
	for _, x := range a.Sentences {
		said.Verdicts = append(said.Verdicts, x.Verdict)
	}
	for _, p := range a.Passages {
		said.Documents = append(said.Documents, p.Document)
	}
	return said, nil
}

// datasetSet begins the name of a set that is a data set of the space.
const datasetSet = "dataset:"

// testSets gives a set by its name: one that ships, or a data set of the space, of which the test
// split is asked where it has one.
func (a *App) testSets(ctx context.Context, sc scope.Scope, who wenyuan.Principal, name string, o record.Options) ([]item.Item, error) {
	which, ok := strings.CutPrefix(name, datasetSet)
	if !ok {
		return shipped.Set(name, o.Seed, o.Sample)
	}
	for _, split := range []string{"test", ""} {
		var out []item.Item
		for row, err := range a.Sets.Rows(ctx, sc, who, which, split) {
			if err != nil {
				return nil, err
			}
			if i, ok := item.OfRow(row.Sample, row.Row); ok && len(out) < item.MaxItems {
				out = append(out, i)
			}
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the data set %q has no row that asks something and says what is right", which), Hint: "wenyuan dataset show shows what it holds"}
}

// gateTexts are the texts of a set that ships, for whoever keeps training data free of them.
func (a *App) gateTexts(_ context.Context, _ scope.Scope, name string) (texts []string, ok bool, err error) {
	items, err := shipped.Set(name, 0, 0)
	if wenyuan.CodeOf(err) == wenyuan.NotFound {
		return nil, false, nil
	}
	for _, i := range items {
		texts = append(texts, i.Question())
	}
	return texts, err == nil, err
}
