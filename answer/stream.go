package answer

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/check"
)

// generate lets the model write, and releases each sentence when the next one has begun.
func (w *work) generate(ctx context.Context) error {
	messages, err := render(w.prompt.template, w.question.Text, w.found.Kept)
	if err != nil {
		return err
	}
	done := w.step("generate")
	var tail string // written and not yet released
	var usage *wenyuan.Usage
	for chunk, err := range w.chat.Model.Stream(ctx, wenyuan.Request{Messages: messages, Temperature: new(float64)}) {
		if err != nil {
			done("failed", nil)
			return err
		}
		if tail += chunk.Text; w.text.Len()+len(tail) > maxAnswer {
			done("too long", nil)
			return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the model writes without end", Hint: "choose another model, or give it a smaller max_tokens"}
		}
		tail = w.releaseWhole(tail)
		if chunk.Usage != nil {
			usage = chunk.Usage
		}
	}
	refused := strings.Contains(tail, noAnswer) && len(w.answer.Sentences) == 0
	if !refused {
		w.releaseAll(strings.ReplaceAll(tail, noAnswer, ""))
	}
	w.answer.Usage = usage
	done(fmt.Sprintf("%s: %s", w.assistant.Model, w.counts()), usage)
	if len(w.answer.Sentences) == 0 {
		w.refuse(whyModelRefused)
	}
	return nil
}

// maxAnswer bounds, in bytes, what a model may write: some fifty pages.
const maxAnswer = 256 << 10

// releaseWhole releases every sentence that another one follows, and returns the rest.
func (w *work) releaseWhole(text string) string {
	if strings.HasPrefix(noAnswer, strings.TrimSpace(text)) {
		return text // this may become a refusal
	}
	spans := check.Sentences(text)
	if len(spans) < 2 {
		return text
	}
	last := lastSentence([]rune(text), spans)
	w.releaseAll(string([]rune(text)[:last]))
	return string([]rune(text)[last:])
}

// lastSentence is where the sentence begins that may still grow. Markers behind a full stop,
// whole or begun, belong to the sentence before them.
func lastSentence(text []rune, spans []wenyuan.Span) int {
	last := spans[len(spans)-1]
	rest := string(text[last.Start:last.End])
	if onlyMarkers.MatchString(rest) {
		return spans[len(spans)-2].Start
	}
	return last.Start + utf8.RuneCountInString(leadingMarkers.FindString(rest))
}

// releaseAll cuts text into sentences, gives each its markers, and releases them in order.
func (w *work) releaseAll(text string) {
	runes := []rune(text)
	at := 0
	var pending *draft
	for _, span := range check.Sentences(text) {
		sentence := string(runes[span.Start:span.End])
		if lead := leadingMarkers.FindString(sentence); lead != "" && pending != nil {
			_, cited := takeMarkers(lead)
			pending.passages = union(pending.passages, w.valid(cited))
			sentence = sentence[len(lead):]
		}
		plain, cited := takeMarkers(sentence)
		if strings.TrimSpace(plain) != "" {
			if pending != nil {
				w.release(*pending)
			}
			pending = &draft{text: strings.TrimSpace(plain), separator: w.gap(string(runes[at:span.Start])), passages: w.valid(cited)}
		}
		at = span.End
	}
	if pending != nil {
		w.release(*pending)
	}
}

// gap is the white space between two sentences as the model wrote it, without markers.
func (w *work) gap(s string) string {
	if len(w.answer.Sentences) == 0 && w.text.Len() == 0 {
		return ""
	}
	if n := strings.Count(s, "\n"); n > 0 {
		return strings.Repeat("\n", min(n, 2))
	}
	return " "
}
