package answer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
)

// maxAgain is how many sentences of one answer the model is asked for once more: each is a
// whole call.
const maxAgain = 3

// A held is a sentence that was not given out as the model first wrote it.
type held struct {
	Text   string `json:"text"`
	Reason string `json:"reason"`
	draft  draft
}

// A reply is what the model says in one or more calls, until it is an answer.
type reply struct {
	said     strings.Builder // what was given out, with the numbers of the prompt
	gap      string          // before the next unit, where one before it was not given out
	held     []held          // sentences that were asked for once more
	withheld []held
	second   bool // the next unit takes the place of a held one
	still    int  // how many held ones were unsupported again
	repeats  int  // sentences that the present call has said again; -1 when it went on
	partial  bool // it says that the originals do not hold the rest
	finish   string
	first    int64   // when its first words came, microseconds after the question
	released []int64 // when each sentence was given out, likewise
}

// before is the white space before a unit.
func (r *reply) before(gap string) string {
	if r.gap != "" {
		gap, r.gap = r.gap, ""
	}
	if r.said.Len() == 0 {
		return ""
	}
	return gap
}

// restarted says whether a unit repeats what was given out: some models begin anew when they
// are asked to go on.
func (r *reply) restarted(text string, given []wenyuan.Sentence) bool {
	if r.repeats < 0 || len(r.held) == 0 || r.repeats >= len(given) || given[r.repeats].Text != text {
		r.repeats = -1
		return false
	}
	r.repeats++
	return true
}

// say keeps what was given out, as the model knows it.
func (r *reply) say(d draft) {
	r.said.WriteString(d.gap + d.text)
	for _, p := range d.passages {
		fmt.Fprintf(&r.said, "[%d]", p+1)
	}
}

// onceMore is what the model is sent when a sentence is asked for once more.
func (w *work) onceMore(ctx context.Context, messages []wenyuan.Message, h held) ([]wenyuan.Message, error) {
	remark := w.say(
		"The next sentence you were about to write was:\n"+h.Text+"\nThe originals do not carry it: "+h.Reason+"\nGo on with the answer right behind what you have written. Write this sentence anew so that the originals carry it, or leave it out. Do not repeat what you have written, and do not mention this remark.",
		"你接下来要写的一句是：\n"+h.Text+"\n原文不支持这一句："+h.Reason+"\n请紧接已写的内容继续回答。把这一句改写成有原文依据的话，没有依据就略去。不要重复已写的内容，也不要提到这条说明。")
	remark, err := w.told(ctx, remark)
	if err != nil {
		return nil, err
	}
	said, err := w.told(ctx, w.reply.said.String())
	if err != nil {
		return nil, err
	}
	out := slices.Clone(messages)
	if w.reply.said.Len() == 0 {
		out[len(out)-1].Content += "\n\n" + remark
		return out, nil
	}
	return append(out, wenyuan.Message{Role: "assistant", Content: said}, wenyuan.Message{Role: "user", Content: remark}), nil
}
