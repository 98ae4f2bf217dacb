package answer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/guard"
	"wenyuan/guard/pii"
	"wenyuan/index"
	"wenyuan/internal/zh"
	"wenyuan/prompt"
	"wenyuan/retrieve"
	"wenyuan/retrieve/question"
	"wenyuan/trace"
)

// screening is what the guards made of a question on its way. A work without a guard passes
// everything.
type screening struct {
	guard  *guard.Guard   // nil: nothing is looked at
	vault  *pii.Vault     // what tokens stand for that models are told in the place of personal data; nil where the policy has none
	record *pii.Vault     // the same, for what is recorded
	stop   guard.Decision // why the question or its answer ended
	whole  bool           // it is the whole answer that does not go on, and not its next sentence
	aside  map[string]bool
	stream *guard.Stream // over what the model writes; nil before its first sentence
	about  guard.About   // of what the model writes
	out    []guard.Decision
	masked map[string]bool // passages that are not read as they stand in their documents
}

// asideStage is the stage at which retrieval's list of dropped passages names those that were set aside.
const asideStage = "guard"

// guarded finds the policy that holds for the assistant.
func (w *work) guarded(ctx context.Context) (err error) {
	if w.answerer.Guards == nil {
		return nil
	}
	if w.screening.guard, err = w.answerer.Guards.Holding(ctx, w.scope.Space(), w.assistant.Guard); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	if !w.screening.guard.NeedsVault() {
		return nil
	}
	w.screening.vault, err = w.openVault(ctx)
	w.screening.record = w.screening.vault
	return err
}

// openVault reads what tokens stand for in the conversation; where it is not recorded they stand for
// it in this question alone.
func (w *work) openVault(ctx context.Context) (*pii.Vault, error) {
	conversation := ""
	if w.kept == trace.Everything {
		conversation = w.conversation.ID
	}
	v, err := w.answerer.Guards.Vault(ctx, w.scope, conversation)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return v, nil
}

// about is what the guards are told of the question.
func (w *work) about() guard.About {
	a := guard.About{Space: w.scope.Space(), Principal: w.principal.ID, Assistant: w.assistant.Name, Conversation: w.conversation.ID,
		Question: w.question.Text, Vault: w.screening.vault, Keep: w.kept == trace.Everything, Dry: w.dry}
	if w.kept == trace.Everything || w.kept == trace.Metadata {
		a.Trace = w.recorder.ID()
	}
	return a
}

// screen looks at what somebody asks before anything is done with it: before it is searched,
// remembered or shown to a model. passes is false where it ends here, with a refusal that says why.
func (w *work) screen(ctx context.Context) (passes bool, err error) {
	g := w.screening.guard
	if g == nil || !g.Checks(guard.Input) {
		return true, nil
	}
	done := w.recorder.Step("guard")
	about := w.about()
	var unknown error
	about.Near = w.near(ctx, &unknown)
	d, err := g.Look(ctx, guard.Input, w.question.Text, about)
	if err = cmp.Or(err, unknown); err != nil {
		return false, fmt.Errorf("answer: %w", err)
	}
	w.decided(d)
	left, err := w.screenPast(ctx)
	if err != nil {
		return false, fmt.Errorf("answer: %w", err)
	}
	step := done(summaryOf(d), screened{Decisions: []guard.Decision{d}, Left: left})
	if d.Action != guard.Allow || left > 0 {
		w.emit(Event{Step: &step})
	}
	if d.Stops() && !w.dry {
		w.screening.stop = d
		w.refuse(whyGuarded)
		return false, ctx.Err()
	}
	return true, ctx.Err()
}

// A screened is what a trace keeps of the guards: their decisions, and how many earlier turns
// that the question brought along were left out.
type screened struct {
	Decisions []guard.Decision `json:"decisions"`
	Left      int              `json:"left_out,omitempty"`
}

// mostDoubtful is how many turns of a history that a client brings may be in doubt, each of which alone
// would go on: a model can be talked into what it would not do by showing it many times that it did.
const mostDoubtful = 6

// screenPast leaves out the turns of a history that the client brings which the guards do not let
// through. Turns that are kept here were looked at when they were asked.
func (w *work) screenPast(ctx context.Context) (left int, err error) {
	var past []prompt.Turn
	doubtful := 0
	for _, t := range w.question.Past {
		d, err := w.screening.guard.Again(ctx, guard.Input, t.Question+"\n\n"+t.Answer, w.about())
		if err != nil {
			return 0, err
		}
		if d.Action == guard.Flag {
			doubtful++
		}
		if d.Stops() {
			left++
			continue
		}
		past = append(past, t)
	}
	if doubtful >= mostDoubtful {
		left, past = len(w.question.Past), nil
	}
	if w.question.Past = past; left > 0 {
		w.notice(fmt.Sprintf("Left out of the earlier talk, as the guards do not let it through: %s.", counted(left, "turn")), fmt.Sprintf("此前的对话有 %d 轮没有通过护栏，未予采用。", left))
	}
	return left, nil
}

// near says how near a question is to what the assistant's corpora speak of, 0 to 1. Small talk
// is in the field of an assistant that answers it, and so is a question in a language that none of the
// corpora is written in: its words are nowhere, whatever it is about. Where the retriever fails nobody
// knows, which failed tells.
func (w *work) near(ctx context.Context, failed *error) func(string) float64 {
	return func(text string) float64 {
		if _, small := question.Smalltalk(text); small && (w.assistant.Smalltalk || w.screening.guard.Fence().Small) {
			return 1
		}
		if len(w.corpora) == 0 {
			return 1
		}
		// by words alone: nothing outside is asked with a question that was not looked at
		found, err := w.answerer.Retriever.Retrieve(ctx, w.scope, retrieve.Query{Space: w.scope.Space(), Corpora: w.corpora, Text: text, Arm: index.Words}, w.assistant.Filters)
		if err != nil {
			*failed = err
			return 1
		}
		if found.Nearest > 1-w.screening.guard.Fence().At {
			return found.Nearest
		}
		shared, err := w.sharesLanguage(ctx, text)
		if *failed = err; err != nil || !shared {
			return 1
		}
		return found.Nearest
	}
}

// Words of which nearly every text of a page has one, whatever it is about. Those that only join are not
// searched.
const (
	commonEnglish = `about after all also before between call change company data day each example file first give last make more
		must name need new number one only order other page part people see set system take time two use used user within work year`
	commonChinese = `可以 如果 需要 使用 通过 没有 不能 应当 必须 时间 情况 问题 工作 系统 用户 数据 信息 文件 服务 管理 设置 以后 之后 之前 其中 所有 每个 每天 每年
		一个 一次 两个 公司 人员 员工 产品 商品 设备 方法 内容 说明 要求 规定 地址 操作 运行 打开 关闭 选择 保存 保留 删除 修改 查看 开始 结束 支持 提供 包括 以上 以下 天内 小时 分钟 安全`
)

// sharesLanguage says whether the corpora hold anything in the language of a question, as far as English
// and Chinese go; a question of names alone shares every language.
func (w *work) sharesLanguage(ctx context.Context, text string) (bool, error) {
	q := question.Parse(text, nil)
	common := commonEnglish
	switch {
	case q.Chinese:
		common = commonChinese
	case !q.English:
		return true, nil
	}
	found, err := w.answerer.Retriever.Search(ctx, w.scope, retrieve.Query{Space: w.scope.Space(), Corpora: w.corpora, Text: common, Arm: index.Words, Limit: 20})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(found, func(p wenyuan.Passage) bool { return q.Foreign(p.Title+"\n"+p.Text) == 0 }), nil
}

// admit sets aside what the guards do not let a model or a reader see of what was found.
func (w *work) admit(ctx context.Context, found retrieve.Found) (retrieve.Found, error) {
	g := w.screening.guard
	if g == nil || !g.Checks(guard.Retrieved) {
		return found, nil
	}
	done := w.recorder.Step("guard")
	kept, aside, err := g.Passages(ctx, w.asked, found.Kept, w.about())
	if err != nil {
		return found, fmt.Errorf("answer: %w", err)
	}
	found.Dropped = slices.Clone(found.Dropped)
	for _, a := range aside {
		found.Dropped = append(found.Dropped, retrieve.Drop{Passage: a.Passage, Stage: asideStage, Code: retrieve.SetAside, Why: reasonOf(a.Decision)})
	}
	found.Conflicts = slices.DeleteFunc(slices.Clone(found.Conflicts), func(c wenyuan.Disagreement) bool {
		return slices.ContainsFunc(aside, func(a guard.Aside) bool { return slices.Contains(c.Passages[:], a.Passage.ID) })
	})
	w.noteMasked(found.Kept, kept)
	found.Kept = kept
	w.setAside(aside)
	if len(aside) > 0 {
		s := done(fmt.Sprintf("%d passages set aside", len(aside)), asides(aside))
		w.emit(Event{Step: &s})
	}
	return found, nil
}

// noteMasked remembers passages whose words were covered: places in them are not places in their
// documents.
func (w *work) noteMasked(before, after []wenyuan.Passage) {
	texts := map[string]string{}
	for _, p := range before {
		texts[p.ID] = p.Text
	}
	for _, p := range after {
		if was, known := texts[p.ID]; known && was != p.Text {
			if w.screening.masked == nil {
				w.screening.masked = map[string]bool{}
			}
			w.screening.masked[p.ID] = true
		}
	}
}

// An asidePassage is what a trace keeps of a passage that was set aside; its words stand with the
// step that found it.
type asidePassage struct {
	Passage  string   `json:"passage"`
	Checks   []string `json:"checks"`
	Incident string   `json:"incident,omitempty"`
}

func asides(all []guard.Aside) (out []asidePassage) {
	for _, a := range all {
		out = append(out, asidePassage{a.Passage.ID, a.Decision.Checks(), a.Decision.Incident})
	}
	return out
}

// setAside counts each passage once, in whatever round it was found.
func (w *work) setAside(all []guard.Aside) {
	for _, a := range all {
		if w.screening.aside == nil {
			w.screening.aside = map[string]bool{}
		}
		if w.screening.aside[a.Passage.ID] {
			continue
		}
		w.screening.aside[a.Passage.ID] = true
		d := a.Decision
		d.Action = guard.Flag // the question goes on without it
		w.decided(d)
		w.answer.Guard.SetAside = len(w.screening.aside) // the event "done" has the number
	}
}

// noticeAside says how many passages were set aside.
func (w *work) noticeAside() {
	if n := len(w.screening.aside); n > 0 {
		w.notice(fmt.Sprintf("Set aside and not read, as it may hold instructions to the model or what may not be shown: %s.", counted(n, "passage")),
			fmt.Sprintf("有 %d 段原文可能含有对模型的指示或不应显示的内容，已搁置，未予采用。", n))
	}
}

// decided keeps the strictest of what the guards did for the answer.
func (w *work) decided(d guard.Decision) {
	if d.Action == guard.Allow || d.Action == "" {
		return
	}
	is := w.answer.Guard
	if is == nil {
		is = &wenyuan.Guarded{Action: string(d.Action), Place: string(d.Place), Incident: d.Incident, Checks: []string{}}
		w.answer.Guard = is
	} else if d.Action != guard.Action(is.Action) && guard.Stricter(d.Action, guard.Action(is.Action)) == d.Action {
		is.Action, is.Place, is.Incident = string(d.Action), string(d.Place), d.Incident
	}
	for _, c := range d.Checks() {
		if !slices.Contains(is.Checks, c) {
			is.Checks = append(is.Checks, c)
		}
	}
	now := *is
	now.Checks = slices.Clone(is.Checks)
	w.emit(Event{Guard: &now})
}

// summaryOf is a decision in one line.
func summaryOf(d guard.Decision) string {
	if d.Action == guard.Allow || d.Action == "" {
		return "allow"
	}
	return string(d.Action) + ": " + strings.Join(d.Checks(), ", ")
}

// reasonOf is why, in English.
func reasonOf(d guard.Decision) string {
	if len(d.Findings) == 0 {
		return ""
	}
	return strings.TrimRight(d.Findings[0].Reason, ".")
}

// reasonInChinese is the same for who asked in Chinese.
func reasonInChinese(d guard.Decision) string {
	if len(d.Findings) == 0 {
		return ""
	}
	text, _ := zh.Sentence(d.Findings[0].Reason)
	return strings.TrimRight(text, "。.")
}

// told is a text as models may read it: what the policy covers in what somebody asks is covered. Whose
// a value is that was not met before, nobody knows: a document may have had it first.
func (w *work) told(ctx context.Context, text string) (string, error) {
	g := w.screening.guard
	if g == nil {
		return text, nil
	}
	about := w.about()
	about.Principal = ""
	return g.Cover(ctx, guard.Input, text, about)
}

// toldAgain is told of what was recorded, which may hold tokens of its own.
func (w *work) toldAgain(ctx context.Context, text string) (string, error) {
	return w.told(ctx, w.restored(text))
}

// restored is a text with what its tokens stand for, as far as the asker may know it: what they wrote
// themselves, what stands in a document that they see, and what they have before them anyway.
func (w *work) restored(text string) string {
	v := w.screening.vault
	if v == nil {
		return text
	}
	may := guard.MayRestore(w.scope, w.principal)
	return v.Restore(text, func(e pii.Entry) bool { return v.Met(e.Token) || may(e) })
}

// restoredAll are passages with what their tokens stand for.
func (w *work) restoredAll(all []wenyuan.Passage) []wenyuan.Passage {
	if len(w.screening.masked) == 0 {
		return all
	}
	all = slices.Clone(all)
	for i, p := range all {
		if w.screening.masked[p.ID] {
			all[i].Text, all[i].Context = w.restored(p.Text), w.restored(p.Context)
		}
	}
	return all
}

// turnedAway says whether the guards did not let a question through: no model hears of it later.
func turnedAway(a wenyuan.Answer) bool {
	return a.Refused && a.Guard != nil && a.Guard.Place == string(guard.Input)
}

// screenMemories leaves out what was remembered and does not pass the guards of now.
func (w *work) screenMemories(ctx context.Context) error {
	g := w.screening.guard
	if g == nil || !g.Checks(guard.Input) {
		return nil
	}
	var kept []string
	for _, text := range w.past.Remembered {
		d, err := g.Again(ctx, guard.Input, text, w.about())
		if err != nil {
			return fmt.Errorf("answer: %w", err)
		}
		if !d.Stops() {
			kept = append(kept, text)
		}
	}
	if left := len(w.past.Remembered) - len(kept); left > 0 {
		w.notice(fmt.Sprintf("Left out of what was remembered, as the guards do not let it through: %d.", left), fmt.Sprintf("记忆中有 %d 条没有通过护栏，未予采用。", left))
	}
	w.past.Remembered = kept
	return nil
}

// tellPast covers what is told of the conversation.
func (w *work) tellPast(ctx context.Context) error {
	if err := w.screenMemories(ctx); err != nil {
		return err
	}
	texts := []*string{&w.past.Summary}
	for i := range w.past.Remembered {
		texts = append(texts, &w.past.Remembered[i])
	}
	for i := range w.past.Turns {
		texts = append(texts, &w.past.Turns[i].Question, &w.past.Turns[i].Answer)
	}
	for _, t := range texts {
		var err error
		if *t, err = w.toldAgain(ctx, *t); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
	return nil
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
