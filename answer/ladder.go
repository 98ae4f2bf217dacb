package answer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/gateway/manner"
)

// The rungs of an assistant's ladder: what takes the place of a model that cannot answer in time,
// in the order of the list.
const (
	RungModel      = "model:"     // before the name of another model
	RungStale      = "stale"      // the answer that was kept of the same question from the same originals, past its time
	RungExtractive = "extractive" // the documents' own sentences; the last one
)

const (
	maxRungs  = 8
	spare     = 7 * 24 * time.Hour // for which an answer is kept for the rung stale
	leastKept = time.Millisecond   // for which an answer is kept that is kept for the ladder alone
)

// rungs are the ladder with what the switch for the documents' own sentences adds.
func (as Assistant) rungs() []string {
	if as.Extractive && !slices.Contains(as.Ladder, RungExtractive) {
		return append(slices.Clone(as.Ladder), RungExtractive)
	}
	return as.Ladder
}

// climbed says everything of a ladder in both of its fields, so that equal settings have one hash.
func (as Assistant) climbed() Assistant {
	if len(as.Ladder) == 0 {
		as.Ladder = nil
		return as
	}
	as.Extractive = as.Extractive || slices.Contains(as.Ladder, RungExtractive)
	as.Ladder = as.rungs()
	return as
}

// wrongLadder says whether a ladder has a rung that is none, one twice, or one behind the last.
func (as Assistant) wrongLadder() bool {
	for i, r := range as.Ladder {
		name, model := strings.CutPrefix(r, RungModel)
		switch {
		case slices.Contains(as.Ladder[:i], r):
			return true
		case model && (name == "" || name == as.Model):
			return true
		case !model && r != RungStale && r != RungExtractive:
			return true
		case r == RungExtractive && i < len(as.Ladder)-1:
			return true
		}
	}
	return len(as.Ladder) > maxRungs || len(as.Ladder) > 0 && as.Model == ""
}

// ladderNamed says which model of a ladder is not there.
func (a *Answerer) ladderNamed(space string, as Assistant) error {
	for _, r := range as.Ladder {
		if name, ok := strings.CutPrefix(r, RungModel); ok {
			if _, there := a.chat(space, name); !there {
				return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no model named %q", name), Hint: "wenyuan model list shows what can chat"}
			}
		}
	}
	return nil
}

// served is the manner in which the model is asked: an answer is kept beside for the rung stale, and
// on that rung nothing but what is kept will do. What is kept is made from the originals of this
// question alone: one that leans on a conversation nobody asks again.
func (w *work) served(ctx context.Context) context.Context {
	how := w.shared(manner.Of(ctx))
	w.from = &manner.Told{}
	how.Told = w.from
	if !slices.Contains(w.assistant.Ladder, RungStale) || !w.keepable() {
		return manner.With(ctx, how)
	}
	if len(how.Made) == 0 {
		how.Scope, how.Made = w.scope, w.made()
	}
	how.Spare, how.Keep, how.Only = spare, max(how.Keep, leastKept), w.answer.Degraded == RungStale
	return manner.With(ctx, how)
}

// alone says whether the question leans on no conversation.
func (w *work) alone() bool { return len(w.past.Turns) == 0 && w.past.Summary == "" }

// made are the originals that the prompt holds, each once.
func (w *work) made() (all []manner.Made) {
	for _, p := range w.passages {
		if one := (manner.Made{Document: p.Document, Revision: p.Revision}); !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return madeOf(all, w.exemplars)
}

// late says whether an error says that the model cannot answer now, and another one may.
func late(err error) bool {
	code := wenyuan.CodeOf(err)
	return code == wenyuan.Limited || code == wenyuan.Unavailable
}

// degrade takes the rungs one after another until one gives an answer, and says so in it. What is
// wrong with the request itself, only the documents' own sentences can mend.
func (w *work) degrade(ctx context.Context, failed error) error {
	for _, rung := range w.assistant.rungs() {
		if rung != RungExtractive && !late(failed) {
			continue
		}
		w.step("ladder")(rung+because(failed), nil)
		w.reply, w.answer.Degraded = reply{}, rung
		err := w.climb(ctx, rung, failed)
		if err == nil || ctx.Err() != nil {
			return err
		}
		w.answerer.Log.Warn("a rung of the ladder gives no answer", "assistant", w.assistant.Name, "rung", rung, "error", err)
	}
	w.answer.Degraded = ""
	return failed
}

// climb has one rung answer.
func (w *work) climb(ctx context.Context, rung string, failed error) error {
	why, inChinese := because(failed), becauseInChinese(failed)
	switch rung {
	case RungExtractive:
		w.notice("The model did not answer"+why+"; this is made of the documents' own sentences.", "模型没有作答"+inChinese+"；以下回答由文档原句组成。")
		return w.quote(ctx)
	case RungStale:
		if w.chat.Model == nil || !w.alone() || w.covers() {
			return failed
		}
		err := w.attempt(ctx)
		if err == nil {
			w.notice("The model did not answer"+why+"; this is the answer that was kept of the same question"+w.age(" %s ago")+".", "模型没有作答"+inChinese+"；以下是同一问题此前保存的回答"+w.age("（%s 前）")+"。")
		}
		return err
	}
	first, name := w.chat, strings.TrimPrefix(rung, RungModel)
	chat, ok := w.answerer.chat(w.scope.Space(), name)
	if !ok {
		return missing(name)
	}
	w.chat = chat
	err := w.attempt(ctx)
	if err != nil {
		w.chat = first
		return err
	}
	w.notice("The model "+w.assistant.Model+" did not answer"+why+"; this was written by the model "+name+".", "模型 "+w.assistant.Model+" 没有作答"+inChinese+"；以下回答由模型 "+name+" 撰写。")
	return nil
}

// age says how old a kept answer is, where that is known.
func (w *work) age(form string) string {
	if w.from == nil || w.from.Age < time.Second {
		return ""
	}
	return fmt.Sprintf(form, w.from.Age.Round(time.Second))
}

// missing is the error of an assistant's model that is not there any more.
func missing(name string) error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("the model %q of this assistant is not configured", name), Hint: "add it again, or save the assistant with another model"}
}
