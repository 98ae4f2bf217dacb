package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/internal/sse"
)

type askCmd struct {
	Question     string `arg:"" help:"ask_question"`
	Corpus       string `help:"corpus" placeholder:"NAME"`
	Assistant    string `help:"ask_assistant" placeholder:"NAME"`
	Conversation string `help:"ask_conversation" placeholder:"ID"`
}

func (askCmd) Help() string {
	return "  $ wenyuan ask \"How is a dead-letter queue named?\" --corpus rocketmq\n  $ wenyuan ask 死信队列怎么命名？ --corpus rocketmq --json\n  $ wenyuan ask \"And in version 4?\" --conversation cnv_01j8"
}

type askBody struct {
	Question     string `json:"question"`
	Corpus       string `json:"corpus,omitempty"`
	Assistant    string `json:"assistant,omitempty"`
	Conversation string `json:"conversation,omitempty"`
	Stream       bool   `json:"stream,omitempty"`
}

func (v *askCmd) body(stream bool) askBody {
	return askBody{v.Question, v.Corpus, v.Assistant, v.Conversation, stream}
}

// Run asks; for people the sentences appear as they are released.
func (v *askCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		if s.json {
			return result[wenyuan.Answer](s, c, http.MethodPost, "/api/ask", v.body(false), nil)
		}
		return v.stream(s, c)
	})
}

// maxEvent bounds one event: the last one holds the whole answer.
const maxEvent = 64 << 20

func (v *askCmd) stream(s *session, c *client) error {
	body, err := json.Marshal(v.body(true))
	if err != nil {
		return err
	}
	resp, err := c.do(s.ctx, http.MethodPost, "/api/ask", "application/json", strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	events := sse.NewReader(resp.Body, maxEvent)
	for {
		e, err := events.Next()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return c.broken(s.ctx, err)
		}
		if done, err := v.event(s, e); done || err != nil {
			return err
		}
	}
}

// event shows one event; done is true after the last.
func (v *askCmd) event(s *session, e sse.Event) (done bool, err error) {
	switch e.Name {
	case "sentence":
		var sentence wenyuan.Sentence
		if err := json.Unmarshal([]byte(e.Data), &sentence); err != nil {
			return false, err
		}
		s.sentence(sentence)
	case "withheld":
		var w answer.Withheld
		if err := json.Unmarshal([]byte(e.Data), &w); err != nil {
			return false, err
		}
		s.print("    ✕ withheld: %s", "    ✕ 未予显示：%s", w.Reason)
	case "error":
		var body struct {
			Error problem `json:"error"`
		}
		if err := json.Unmarshal([]byte(e.Data), &body); err != nil {
			return true, err
		}
		return true, &wenyuan.Error{Code: body.Error.Code, Message: body.Error.Message, Hint: body.Error.Hint}
	case "done":
		var a wenyuan.Answer
		if err := json.Unmarshal([]byte(e.Data), &a); err != nil {
			return true, err
		}
		s.sources(a)
		return true, nil
	}
	return false, nil
}

// sentence shows a released sentence; what has no support says so below itself.
func (s *session) sentence(x wenyuan.Sentence) {
	marks := ""
	for _, n := range x.Citations {
		marks += fmt.Sprintf("[%d]", n)
	}
	fmt.Fprintln(s.stdout, x.Text+marks)
	switch x.Verdict {
	case wenyuan.Unsupported:
		s.print("    ▲ unsupported: %s", "    ▲ 无据：%s", x.Reason)
	case wenyuan.Unverified:
		s.print("    ◆ not verified: %s", "    ◆ 未核实：%s", x.Reason)
	}
}

// sources shows what the answer stands on, and what was read beside it.
func (s *session) sources(a wenyuan.Answer) {
	if a.Refused {
		fmt.Fprintln(s.stdout, a.Answer)
	}
	if a.Notice != "" {
		fmt.Fprintln(s.stdout, "\n"+a.Notice)
	}
	if len(a.Citations) > 0 {
		s.print("\nSources", "\n出处")
	}
	for _, x := range a.Citations {
		fmt.Fprintf(s.stdout, "  [%d] %s\n      %s\n", x.N, s.place(x.Source, x.Heading, x.Page), oneLine(x.Quote, 160))
	}
	if rest := len(a.Passages); rest > 0 && a.Refused {
		s.print("\nThe closest originals", "\n最接近的原文")
		for _, p := range a.Passages[:min(3, rest)] {
			fmt.Fprintf(s.stdout, "  - %s\n    %s\n", s.place(p.Source, p.Heading, p.Page), oneLine(p.Text, 160))
		}
	}
	if a.Conversation != "" {
		s.print("\nconversation %s", "\n对话 %s", a.Conversation)
	}
	s.print("\ntrace %s", "\n追踪 %s", a.Trace)
}

// place says where something stands: the source, the headings above, the page.
func (s *session) place(source string, heading []string, page *int) string {
	out := source
	if len(heading) > 0 {
		out += " › " + strings.Join(heading, " › ")
	}
	if page != nil {
		out += s.say(", page %d", "，第 %d 页", *page)
	}
	return out
}
