package answer

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	"wenyuan"
	"wenyuan/internal/lang"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// DefaultPrompt is the template of an assistant that names no other. A template
// defines "system" and "user".
//
//go:embed prompt.tmpl
var DefaultPrompt string

// noAnswer is what a model writes when the originals do not hold the answer. It is a word
// that no document contains by chance.
const noAnswer = "NO_ANSWER_IN_ORIGINALS"

// original is a passage as a template sees it.
type original struct {
	N                    int
	Title, Heading, Text string
}

// A wording is a template that was tried, and the version it is.
type wording struct {
	template *template.Template
	text     string
	hash     string
}

// data is what the version of a prompt is made of.
func (p *wording) data() any { return map[string]string{"template": p.text} }

// parsePrompt compiles a template and tries it once, so that a mistake is found when the
// configuration is read and not when somebody asks.
func parsePrompt(text string) (*wording, error) {
	t, err := template.New("prompt").Option("missingkey=error").Parse(text)
	if err == nil {
		_, err = render(t, "?", nil)
	}
	if err != nil {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the prompt template cannot be used: " + err.Error(),
			Hint: `it is a Go text/template that defines "system" and "user"; the built-in one is in the manual`, Err: err}
	}
	p := &wording{template: t, text: text}
	p.hash, err = version.Hash(p.data())
	return p, err
}

// render makes the messages for a model. An original is data: what could close its frame is
// taken out, so that a document cannot speak in the voice of the frame.
func render(t *template.Template, question string, passages []wenyuan.Passage) ([]wenyuan.Message, error) {
	data := struct {
		Question, NoAnswer string
		Chinese            bool
		Passages           []original
	}{Question: question, NoAnswer: noAnswer, Chinese: lang.Of(question) == lang.Chinese}
	for i, p := range passages {
		text := p.Text
		if header, ok := tableHeader(p); ok {
			text = header + "\n" + text
		}
		data.Passages = append(data.Passages, original{i + 1, attribute(p.Title), attribute(strings.Join(p.Heading, " › ")), unframe(text)})
	}
	var messages []wenyuan.Message
	for _, role := range []string{"system", "user"} {
		var b strings.Builder
		if err := t.ExecuteTemplate(&b, role, data); err != nil {
			return nil, fmt.Errorf("answer: prompt: %w", err)
		}
		messages = append(messages, wenyuan.Message{Role: role, Content: b.String()})
	}
	return messages, nil
}

// tableHeader is the header row that travels with a piece of a table: the second line of
// its context, behind the heading path.
func tableHeader(p wenyuan.Passage) (string, bool) {
	_, header, ok := strings.Cut(p.Context, "\n")
	return header, ok
}

var frame = strings.NewReplacer("<original", "‹original", "</original", "‹/original")

func unframe(s string) string { return frame.Replace(s) }

var quotes = strings.NewReplacer(`"`, "'", "\n", " ", "<", "‹", ">", "›")

func attribute(s string) string { return quotes.Replace(s) }

// template finds the wording of a version.
func (a *Answerer) template(ctx context.Context, sc scope.Scope, hash string) (*wording, error) {
	if p := a.prompt.Load(); p.hash == hash {
		return p, nil
	}
	var kept struct {
		Template string `json:"template"`
	}
	err := a.Store.Read(ctx, func(tx *store.Tx) error {
		_, err := version.Get(ctx, tx, sc.Space(), "prompt", hash, &kept)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("answer: prompt: %w", err)
	}
	return parsePrompt(kept.Template)
}

// keepPrompt keeps the house's own prompt as a version; any other is one already.
func (a *Answerer) keepPrompt(ctx context.Context, tx *store.Tx, space, hash string) error {
	p := a.prompt.Load()
	if p.hash != hash {
		return nil
	}
	_, err := version.Put(ctx, tx, space, "prompt", "default", p.data())
	return err
}
