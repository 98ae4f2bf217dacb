package answer

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"wenyuan"
	"wenyuan/prompt"
	"wenyuan/retrieve"
	"wenyuan/retrieve/question"
	"wenyuan/session"
)

// recall gathers what the answer may rest on: what was said before, then the originals, and
// once more with other words where those are too thin.
func (w *work) recall(ctx context.Context) error {
	if err := w.remember(ctx); err != nil || w.talk != "" {
		return err
	}
	if err := w.rememberPast(ctx); err != nil {
		return err
	}
	if err := w.tellPast(ctx); err != nil {
		return err
	}
	w.rewrite(ctx)
	if w.decide(ctx); w.talk != "" {
		return ctx.Err()
	}
	if err := w.retrieve(ctx, nil); err != nil {
		return err
	}
	for round := 0; len(w.corpora) > 0 && round < w.assistant.Recall.Rounds && w.assistant.Recall.Judge != Off; round++ {
		enough, query := w.enough(ctx)
		if enough {
			break
		}
		if more, err := w.again(ctx, query); err != nil || !more {
			return err
		}
	}
	return ctx.Err()
}

// rememberPast reads what may be told of the conversation, for whoever asks now.
func (w *work) rememberPast(ctx context.Context) error {
	w.past.Turns = w.question.Past
	s := w.answerer.Sessions
	if s == nil || w.question.Conversation == "" {
		return nil
	}
	end := w.recorder.Step("history")
	tokens := sessionTokens(w.assistant.Engine)
	if w.conversation.ID == "" {
		remembered, err := s.Recall(ctx, w.scope, w.principal, w.question.Text, tokens)
		if err != nil {
			return fmt.Errorf("answer: %w", err)
		}
		if w.past.Remembered = remembered; len(remembered) > 0 {
			end(fmt.Sprintf("%d memories", len(remembered)), session.History{Remembered: remembered, Documents: []string{}}.Detail())
		}
		return nil
	}
	h, err := s.History(ctx, w.scope, w.principal, w.conversation.ID, w.question.Text, tokens, w.shorten())
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	w.hold(h.Documents...)
	if h.Failed != nil {
		w.answerer.Log.Warn("the model made no summary of the conversation; it is made of sentences", "model", w.chat.Name, "error", h.Failed)
	}
	w.past = prompt.Past{Remembered: h.Remembered, Summary: h.Summary, Summarised: h.Summarised}
	if n := len(h.Turns); n > 0 {
		w.before = h.Turns[n-1].Answer
	}
	for _, t := range h.Turns {
		if t.Answer != nil && !turnedAway(*t.Answer) {
			w.past.Turns = append(w.past.Turns, prompt.Turn{Question: t.Question, Answer: t.Answer.Answer})
		}
	}
	end(fmt.Sprintf("%d turns, %d summarised, %d withdrawn", len(h.Turns), h.Summarised, h.Withdrawn), h.Detail())
	return nil
}

// sessionTokens is how much of the past may be told: what the prompt engine will give it.
func sessionTokens(s prompt.Settings) int {
	if s.Session > 0 {
		return s.Session
	}
	return 800
}

// rewrite makes a question that leans on the conversation stand alone.
func (w *work) rewrite(ctx context.Context) {
	by := w.assistant.Recall.Rewrite
	if len(w.past.Turns) == 0 || by == Off {
		return
	}
	done := w.step("rewrite")
	if by == ByModel && w.chat.Model != nil {
		text, err := w.standalone(ctx)
		if err == nil {
			w.leans, w.asked = text != w.question.Text, text
			done(w.chat.Name+": "+text, recalled{By: ByModel, Text: text, Tokens: w.spent})
			return
		}
		w.answerer.Log.Info("the question was not rewritten by the model", "model", w.chat.Name, "error", err)
	}
	var before []string
	for _, t := range w.past.Turns {
		before = append(before, t.Question)
	}
	text, leaned := question.Standalone(w.question.Text, before)
	if leaned {
		text = w.restored(text)
		w.leans, w.asked = true, text
		done("by rules: "+text, recalled{By: ByRules, Text: text, Tokens: w.spent})
		return
	}
	done("it stands alone", recalled{By: ByRules, Tokens: w.spent})
}

// recalled is what a trace keeps of a step of the recall loop.
type recalled struct {
	By     string   `json:"by"` // "rules" or "model"
	Text   string   `json:"text,omitempty"`
	Also   []string `json:"also,omitempty"`
	Tokens int      `json:"tokens"` // that the loop's calls took by now
}

// decide finds out whether the documents are needed at all.
func (w *work) decide(ctx context.Context) {
	by := w.assistant.Recall.Decide
	if !w.assistant.Smalltalk || by == Off {
		return
	}
	kind, ok := question.Smalltalk(w.question.Text)
	if ok {
		w.talk = kind
		w.step("decide")("small talk: "+kind, recalled{By: ByRules, Text: kind, Tokens: w.spent})
		return
	}
	if by != ByModel || w.chat.Model == nil {
		return
	}
	done := w.step("decide")
	talk, err := w.isTalk(ctx)
	switch {
	case err != nil:
		w.answerer.Log.Info("the model did not say whether to search", "model", w.chat.Name, "error", err)
		done("the documents are asked", recalled{By: ByRules, Tokens: w.spent})
	case talk:
		w.talk = otherTalk
		done(w.chat.Name+": small talk", recalled{By: ByModel, Text: otherTalk, Tokens: w.spent})
	default:
		done(w.chat.Name+": the documents are asked", recalled{By: ByModel, Tokens: w.spent})
	}
}

// retrieve finds the originals and shows them at once. also has other wordings.
func (w *work) retrieve(ctx context.Context, also []string) error {
	if len(w.corpora) == 0 { // nothing is there for the asker
		w.answer.Passages = []wenyuan.Passage{}
		return nil
	}
	done := w.recorder.Step("retrieve")
	q, err := w.query(ctx)
	if err != nil {
		return err
	}
	q.Also = append(q.Also, also...)
	found, err := w.answerer.Retriever.Retrieve(ctx, w.scope, q, w.assistant.Filters)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	w.found = found
	w.holdFound()
	if w.found, err = w.admit(ctx, found); err != nil {
		return err
	}
	found = w.found
	w.failures(also == nil)
	w.answer.Conflicts = found.Conflicts
	w.answer.Passages = w.restoredAll(found.Kept)
	if len(found.Kept) == 0 {
		if w.answer.Passages, err = w.nearest(ctx, found); err != nil {
			return err
		}
	}
	s := done(fmt.Sprintf("%d kept, %d dropped", len(found.Kept), len(found.Dropped)), recorded(found))
	w.emit(Event{Step: &s, Passages: w.answer.Passages})
	return nil
}

// query is the question as the retriever takes it: searched with the words that were asked, and
// told to an embedder and a reranker without what the guards cover.
func (w *work) query(ctx context.Context) (retrieve.Query, error) {
	told, err := w.told(ctx, w.asked)
	if err != nil {
		return retrieve.Query{}, fmt.Errorf("answer: %w", err)
	}
	q := retrieve.Query{Space: w.scope.Space(), Corpora: w.corpora, Text: w.asked, Told: told}
	if told != w.asked { // a key or an address that no document holds must not make all of them strange to the question
		if bare := strings.TrimSpace(coverings.ReplaceAllString(told, " ")); bare != "" {
			q.Text, q.Also = bare, []string{w.asked}
		}
	}
	if w.assistant.Reranker != "" && w.answerer.Rerankers != nil {
		q.Reranker, _ = w.answerer.Rerankers(w.scope.Space(), w.assistant.Reranker)
	}
	return q, nil
}

// coverings are what stands in the place of words that were covered.
var coverings = regexp.MustCompile(`\[[A-Z_]+(?:_\d+|:[0-9a-f]+)\]|\*{2,}`)

// failures says what was done without.
func (w *work) failures(first bool) {
	if err := w.found.Failed; err != nil && first {
		w.answerer.Log.Warn("the embedder failed", "error", err)
		w.notice("The embedder did not answer"+because(err)+"; passages were found without it.", "嵌入模型没有作答"+becauseInChinese(err)+"；以下原文是在没有它的情况下找到的。")
	}
	if err := w.found.Unranked; err != nil && first {
		w.answerer.Log.Warn("the reranker failed", "reranker", w.assistant.Reranker, "error", err)
		w.notice("The reranker did not answer"+because(err)+"; passages are in the built-in order.", "重排模型没有作答"+becauseInChinese(err)+"；原文按内置次序排列。")
	}
}

// maxNearest is how many originals are shown beside a refusal.
const maxNearest = 6

// nearest gives the originals that came closest when none came through, without those that the
// guards set aside.
func (w *work) nearest(ctx context.Context, f retrieve.Found) ([]wenyuan.Passage, error) {
	out := []wenyuan.Passage{}
	for _, d := range f.Dropped {
		if len(out) < maxNearest && d.Stage != asideStage {
			out = append(out, d.Passage)
		}
	}
	admitted, err := w.admit(ctx, retrieve.Found{Kept: out})
	return append([]wenyuan.Passage{}, admitted.Kept...), err
}

// thin is the relevance of the best passage below which, by rules, it is searched once more.
const thin = 0.6

// enough says whether what was found suffices, and with what it should be searched else.
func (w *work) enough(ctx context.Context) (enough bool, query string) {
	by := w.assistant.Recall.Judge
	if by == ByModel && w.chat.Model != nil && len(w.found.Kept) > 0 {
		done := w.step("judge")
		query, err := w.suffices(ctx)
		if err == nil {
			summary := ": it suffices"
			if query != "" {
				summary = ": it does not suffice"
			}
			done(w.chat.Name+summary, recalled{By: ByModel, Text: query, Tokens: w.spent})
			return query == "", query
		}
		done("by rules, as the model did not say", recalled{By: ByRules, Tokens: w.spent})
		w.answerer.Log.Info("the model did not say whether the passages suffice", "model", w.chat.Name, "error", err)
	}
	return len(w.found.Kept) > 0 && w.found.Nearest >= thin, ""
}

// again searches once more with other words: the model's, or those of the documents that the
// asker may see. What it finds counts only where it is better.
func (w *work) again(ctx context.Context, query string) (more bool, err error) {
	by, also := ByModel, []string{query}
	if query == "" {
		by = ByRules
		if also, err = w.reworded(ctx); err != nil {
			return false, err
		}
	}
	done := w.step("expand")
	done(strings.Join(also, " · "), recalled{By: by, Also: also, Tokens: w.spent})
	if len(also) == 0 {
		return false, nil
	}
	before, passages, conflicts := w.found, w.answer.Passages, w.answer.Conflicts
	if err := w.retrieve(ctx, also); err != nil {
		return false, err
	}
	if len(w.found.Kept) < len(before.Kept) && w.found.Nearest <= before.Nearest {
		w.found, w.answer.Passages, w.answer.Conflicts = before, passages, conflicts
		w.emit(Event{Passages: passages})
	}
	return true, nil
}

// reworded are other words for the question, from the documents.
func (w *work) reworded(ctx context.Context) ([]string, error) {
	q, err := w.query(ctx)
	if err != nil {
		return nil, err
	}
	also, err := w.answerer.Retriever.Expand(ctx, w.scope, q, w.found)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return also, nil
}

var errSpent = errors.New("the tokens of the recall loop are spent")
