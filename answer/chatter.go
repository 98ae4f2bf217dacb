package answer

import (
	"cmp"
	"fmt"

	"wenyuan"
	"wenyuan/retrieve/question"
)

// otherTalk is talk that the model took for it.
const otherTalk = "other"

// chatter answers what needs no documents, in the house's own words: they claim nothing.
func (w *work) chatter() {
	name := cmp.Or(w.assistant.Title, w.assistant.Name)
	corpora := w.within()
	var text string
	switch w.talk {
	case question.Greeting:
		text = w.say(fmt.Sprintf("Hello. Ask me about what stands in %s.", corpora), fmt.Sprintf("你好。可以问我 %s 里的内容。", corpora))
	case question.Thanks:
		text = w.say("You are welcome.", "不客气。")
	case question.Farewell:
		text = w.say("Goodbye.", "再见。")
	case question.Identity:
		text = w.say(fmt.Sprintf("I am %s, an assistant: I answer from the documents in %s and show where each sentence comes from.", name, corpora),
			fmt.Sprintf("我是助手 %s：根据 %s 里的文档回答问题，并标明每句话的出处。", name, corpora))
	case toRemember:
		text = w.say("I shall remember: "+w.asked, "记住了："+w.asked)
	default:
		text = w.say(fmt.Sprintf("I answer questions from the documents in %s.", corpora), fmt.Sprintf("我根据 %s 里的文档回答问题。", corpora))
	}
	w.give(wenyuan.Sentence{Text: text, Citations: []int{}, Verdict: wenyuan.None}, "", text, nil)
}

// give gives out a sentence that was judged.
func (w *work) give(s wenyuan.Sentence, gap, marked string, fresh []wenyuan.Citation) {
	piece := gap + marked
	w.text.WriteString(piece)
	w.answer.Sentences = append(w.answer.Sentences, s)
	w.reply.released = append(w.reply.released, w.recorder.Elapsed())
	w.emit(Event{Sentence: &Released{Sentence: s, Piece: piece, New: fresh}})
}
