package server_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/app"
	"wenyuan/auth"
	"wenyuan/gateway"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/internal/testenv"
	"wenyuan/web/webtest"
)

// TestConsoleTalk is a conversation of somebody who asks a model of a real inference server:
// three turns, what is remembered, what is thought of an answer, and the record of it.
func TestConsoleTalk(t *testing.T) {
	t.Parallel()
	server := testenv.ScriptedServer(t, "An alarm that nobody confirms within 15 minutes is sent to the second contact [1]. Three further reminders follow, 25 minutes apart [1].")
	h := openWith(t, app.Config{Models: []gateway.Spec{{Name: "llama", Replicas: []gateway.Replica{{URL: server}}, Location: "inside", Price: &gateway.Price{Input: 1, Output: 2, Currency: "CNY"}}}})
	h.add(t, "handbook", map[string]string{"alarms/03-pressure.md": englishHandbook})
	p := h.tab(t)
	p.Go(h.url + "/ask")
	p.want("who writes", p.Text("#notice"), "written by a model")
	p.ask("What happens to an alarm that nobody confirms?")
	first := webtest.Eval[string](p.Page, `location.pathname`)
	p.want("cost", p.Text(".turn .verdicts"), "tokens in")
	p.want("cost", p.Text(".turn .verdicts"), "¥0.0")
	p.want("head", p.Text(".talk-head"), "handbook")
	p.ask("And the reminders of it?")
	if at := webtest.Eval[string](p.Page, `location.pathname`); at != first {
		t.Errorf("the second question went to %s, not %s", at, first)
	}
	p.want("the question that stood alone", p.Text(".turn:last-child .steps"), "asked as:")
	p.want("whose originals", p.Text(".group:not([hidden]) header"), "of answer 2")
	p.Shot("talk-1-two-turns")
	p.Audit("two turns")

	p.Go(h.url + first + "?again#latest")
	p.Until(`document.querySelectorAll(".group").length === 1 && document.querySelectorAll(".turn").length === 2`)
	p.Click(".turn .cite") // of the first turn, whose originals are not on the page
	p.Until(`document.querySelector(".group:not([hidden]) header").textContent.includes("of answer 1") && document.querySelector(".orig.on mark.on")`)
	p.Shot("talk-2-earlier-originals")

	p.Click(`.turn:last-child .acts button[value="down"]`)
	p.Until(`document.querySelector('.turn:last-child .acts button[value="down"]').ariaPressed === "true"`)
	p.Click(`.turn:last-child [data-say]`)
	p.Until(`document.activeElement.matches(".turn:last-child .say textarea")`)
	p.Keys("the interval is wrong")
	p.set(`.turn:last-child [name="corrected"]`, "The reminders are 10 minutes apart.")
	p.Shot("talk-3-feedback")
	p.Audit("feedback")
	p.Click(`.turn:last-child .say button`)
	p.Until(`document.querySelector(".turn:last-child .given .fixed")`)
	p.want("what was said", p.Text(".turn:last-child .given"), "Not good the interval is wrong")
	p.Shot("talk-4-said")
	p.Go(h.url + "/records?feedback=down")
	p.want("found not good", p.Text("main table"), "And the reminders of it?")
	p.want("found not good", p.Text("main table"), "The reminders are 10 minutes apart.")
	p.Audit("records that were found not good")
	p.Go(h.url + "/records?feedback=up")
	p.want("found good", p.Text("main"), "No answer was found so.")

	p.Go(h.url + first + "?again#latest")
	p.Keys("\x1b")
	p.ask("Remember that I look after station 7.")
	p.want("remembered", p.Text(".turn:last-child"), "Remembered: I look after station 7.")
	p.want("steps", p.Text(".turn:last-child .steps"), "no search was needed")
	if !webtest.Eval[bool](p.Page, `document.querySelector(".turn:last-child .notice").getBoundingClientRect().bottom < document.querySelector(".composer").getBoundingClientRect().top`) {
		t.Error("the box covers what was answered")
	}
	p.Shot("talk-5-remembered")
	p.Audit("something was remembered")
	p.Click(`.turn:last-child .notice button`)
	p.Until(`location.pathname.startsWith("/ask/memories/")`)
	p.want("forgotten", p.Text("main"), "Forgotten: I look after station 7.")
	p.want("nothing is left", p.Text("main"), "Nothing is remembered.")
	p.Click("main .note button")
	p.Until(`location.pathname === "/ask/memories"`)
	p.want("had back", p.Text("main table"), "I look after station 7.")
	p.Audit("memories")

	p.Go(h.url + first + "?again#latest")
	record := webtest.Eval[string](p.Page, `document.querySelectorAll('.steps a[href^="/records/"]')[1].href`)
	p.Go(record)
	for _, want := range []string{"model", "conversation", "rewrite", "prompt"} {
		p.want("waterfall", p.Text(".wf"), want)
	}
	p.want("strip", p.Text(".strip"), "first token")
	p.want("feedback", p.Text("main"), "The reminders are 10 minutes apart.")
	if n := webtest.Eval[int](p.Page, `document.querySelectorAll(".wf .out, .wf .no").length`); n != 2 {
		t.Errorf("%d sentences are marked in the waterfall, want 2", n)
	}
	p.Shot("talk-6-trace")
	p.Click(".folds summary")
	p.Until(`document.querySelector(".folds details").open`)
	webtest.Eval[bool](p.Page, `document.querySelector("#sent").scrollIntoView(), true`)
	p.Shot("talk-7-sent")
	p.Audit("what the model was sent")
	p.Size(390, 844)
	p.Shot("talk-7-sent-phone")
	p.Audit("what the model was sent, on a phone")
	p.Size(1360, 900)
	p.Click(".sec .right a")
	p.Until(`location.pathname === "/assistants/handbook/engine"`)

	p.Go(h.url + first)
	p.Click(".menu summary")
	p.set(".menu #title", "Alarms")
	p.Shot("talk-8-menu")
	p.Audit("the menu")
	p.Click(".menu form button")
	p.Until(`document.title.startsWith("Alarms")`)
	p.want("rail", p.Text(".rail .recent"), "Alarms")
	p.Keys("\x1bn")
	p.Until(`location.pathname === "/ask" && location.search === "?assistant=handbook"`)
	p.Go(h.url + "/ask/all")
	p.want("all", p.Text("main table"), "Alarms")
	p.Click("details.remove summary")
	p.want("what will happen", p.Text("details.remove form"), "with its 3 questions")
	p.Shot("talk-9-delete")
	p.Audit("deleting")
	p.Click("details.remove form button")
	p.Until(`document.querySelector("main").textContent.includes("No conversation yet.")`)
	p.Forgive("404")
	p.Go(record)
	p.want("its records are gone too", p.Text("main"), "There is no trace")
}

// TestTalkWithoutScript does the same with links and forms, and sees what is withdrawn.
func TestTalkWithoutScript(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", talks)
	r := h.reader(t)
	_, at, page := r.post("/ask", url.Values{"assistant": {"pumps"}, "conversation": {"new"}, "question": {"For how many days is a closed alarm kept?"}})
	r.want("the first turn", page, "400 days", `name="conversation" value="cnv_`, `id="latest"`)
	talk := strings.TrimPrefix(at, "/ask/")
	_, at, page = r.post("/ask", url.Values{"conversation": {talk}, "question": {"How is a pump restarted?"}})
	r.want("the second turn", page, "400 days", "red lever")
	if at != "/ask/"+talk {
		t.Errorf("the second turn is at %s", at)
	}
	traces := regexp.MustCompile(`id="turn-(trc_[a-z0-9]+)"`).FindAllStringSubmatch(page, -1)
	if len(traces) != 2 {
		t.Fatalf("%d turns", len(traces))
	}
	one, two := traces[0][1], traces[1][1]
	r.want("the citations of the first turn", page, `href="/ask/`+one+`#o-`+one+`-1"`, `href="#o-`+two+`-1"`)
	_, at, page = r.get("/ask/" + one)
	r.want("the first turn looked at", page, `id="o-`+one+`-1"`, `href="/ask/`+two+`#o-`+two+`-1"`)
	if at != "/ask/"+talk+"?turn=1" {
		t.Errorf("an answer's own address leads to %s", at)
	}
	_, at, page = r.post("/ask/"+one+"/feedback", url.Values{"rating": {"up"}})
	r.want("found good", page, `value="up" aria-pressed="true"`, "You said:")
	_, _, page = r.post("/ask/"+one+"/feedback", url.Values{"rating": {"down"}, "words": {"yes"}, "reason": {"it is <b>old</b>"}, "corrected": {"It is kept for 500 days."}})
	r.want("found not good", page, `value="down" aria-pressed="true"`, "it is &lt;b&gt;old&lt;/b&gt;", "It is kept for 500 days.")
	_, _, page = r.post("/ask/"+one+"/feedback", url.Values{"rating": {"up"}})
	r.want("what was said stays", page, `value="up" aria-pressed="true"`, "It is kept for 500 days.")
	_, _, page = r.post("/ask/"+one+"/feedback", url.Values{"rating": {""}})
	if strings.Contains(page, "You said:") {
		t.Error("what was taken back is still there")
	}
	if status, _, _ := r.post("/ask/trc_none/feedback", url.Values{"rating": {"up"}}); status != 404 {
		t.Errorf("feedback on nothing: %d", status)
	}

	status, _, page := r.post("/ask", url.Values{"conversation": {talk}, "question": {" "}})
	r.want("an empty question", page, `class="note bad problem"`, "red lever", `value="`+talk+`"`)
	if status != 400 {
		t.Errorf("an empty question: %d", status)
	}
	if status, _, _ := r.post("/ask", url.Values{"conversation": {"cnv_none"}, "question": {"x?"}}); status != 404 {
		t.Errorf("a conversation that is none: %d", status)
	}
	status, _, page = r.post("/ask/memories", url.Values{"text": {strings.Repeat("x", 501)}})
	r.want("too much to remember", page, `class="note bad problem"`)
	if status != 400 {
		t.Errorf("too much to remember: %d", status)
	}
	if status, _, _ := r.post("/ask/"+talk+"/rename", url.Values{"title": {""}}); status != 400 {
		t.Errorf("a title of nothing: %d", status)
	}

	var gone struct{}
	h.into(t, &gone, "DELETE", "/api/documents/"+regexp.MustCompile(`/library/pumps/(doc_[a-z0-9]+)`).FindStringSubmatch(h.page(t, "/ask/"+one))[1], "")
	_, _, page = r.get("/ask/" + talk)
	r.want("withdrawn", page, "This answer is no longer shown.", "For how many days is a closed alarm kept?", "red lever")
	if strings.Contains(page, "400 days") {
		t.Error("what was withdrawn is shown")
	}
	_, at, page = r.post("/ask/"+talk+"/delete", nil)
	r.want("deleted", page, "Deleted:", "No conversation yet.")
	if status, _, _ := r.get("/ask/" + talk); status != 404 {
		t.Errorf("a conversation that is gone: %d", status)
	}
}

// page is a page as text.
func (h house) page(t testing.TB, address string) string {
	_, _, page := h.reader(t).get(address)
	return page
}

// TestTalkPages: a long conversation is shown in parts, and any turn can be found.
func TestTalkPages(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "pumps", talks)
	id := h.say(t, "new", "How is a pump restarted?").Conversation
	var early string
	for n := range 44 {
		a := h.say(t, id, "How is a pump restarted?")
		if n == 1 {
			early = a.Trace
		}
	}
	r := h.reader(t)
	_, _, page := r.get("/ask/" + id)
	r.want("the newest", page, "Earlier: 25 questions", "before=26", `id="latest"`)
	if n := strings.Count(page, `<article class="turn"`); n != 20 {
		t.Errorf("%d turns on a page", n)
	}
	_, _, page = r.get("/ask/" + id + "?before=26")
	r.want("before", page, "Earlier: 5 questions", "Later questions", "before=46", "data-later")
	_, _, page = r.get("/ask/" + early)
	r.want("an early one", page, `id="turn-`+early+`"`, "Later questions", "of answer 3")

	p := h.tab(t)
	p.Go(h.url + "/ask/" + id)
	webtest.Eval[bool](p.Page, `scrollTo({ top: 0, behavior: "instant" }), true`)
	top := webtest.Eval[float64](p.Page, `(window.first = document.querySelector(".turn")).getBoundingClientRect().top`)
	p.Click("[data-earlier]")
	p.Until(`document.querySelectorAll(".turn").length === 40`)
	if now := webtest.Eval[float64](p.Page, `window.first.getBoundingClientRect().top`); now-top > 60 || top-now > 60 {
		t.Errorf("what was read moved from %v to %v when the turns before it came", top, now)
	}
	p.Click("[data-earlier]")
	p.Until(`document.querySelectorAll(".turn").length === 45`)
	if webtest.Eval[bool](p.Page, `document.querySelector("[data-earlier]") !== null`) {
		t.Error("there is still something earlier")
	}
	p.Audit("a long conversation")
}

// TestConsoleSteps: while one waits the page says what is done, in words.
func TestConsoleSteps(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "handbook", map[string]string{"alarms/03-pressure.md": englishHandbook})
	gone := make(chan struct{}, 1)
	model := gatewaytest.New(t, gatewaytest.Say("An alarm that nobody confirms within 15 minutes is sent to the second contact [1]."),
		gatewaytest.Hang(gone, "Three further reminders follow, 25 minutes apart [1]. A closed alarm is kept for 400 days [1]. It stays "))
	if err := h.Models.Replace([]gateway.Spec{{Name: "scripted", Replicas: []gateway.Replica{{URL: model.URL}}}}, nil); err != nil {
		t.Fatal(err)
	}
	sc, err := auth.Scope(t.Context(), auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	as, err := h.Answerer.Assistant(t.Context(), sc, "handbook")
	if err != nil {
		t.Fatal(err)
	}
	as.Unsupported = "withhold"
	if _, err := h.Answerer.SaveAssistant(t.Context(), sc, as); err != nil {
		t.Fatal(err)
	}
	p := h.tab(t)
	p.Go(h.url + "/ask")
	p.ask("What happens to an alarm that nobody confirms?")
	p.Click("#text")
	p.Keys("And the reminders of it?\r")
	p.Until(`document.querySelectorAll(".turn:last-child .s").length === 1`)
	steps := p.Text(".turn:last-child .steps")
	for _, want := range []string{"asked as:", "found,", "withheld: 1", "writing, 1 released"} {
		p.want("steps", steps, want)
	}
	if strings.Contains(p.Text(".turn:last-child .answer"), "25 minutes") {
		t.Error("what was withheld is shown")
	}
	p.Shot("steps")
	p.Audit("steps")
	p.Keys("\x1b")
	p.Until(`document.querySelector(".turn:last-child .note")`)
	<-gone
}

// TestTalkChinese holds a conversation with an assistant over two corpora, in Chinese, at
// night, on a phone.
func TestTalkChinese(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "泵站手册", map[string]string{"报警/03-压力.md": chineseHandbook})
	h.add(t, "值班", map[string]string{"值班.md": "# 值班\n\n值班经理每 12 小时轮换一次。交接班在早上 8 点。\n"})
	sc, err := auth.Scope(t.Context(), auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	as, err := h.Answerer.Assistant(t.Context(), sc, "泵站手册")
	if err != nil {
		t.Fatal(err)
	}
	as.Name, as.Title, as.Corpora = "desk", "值班台", []string{"泵站手册", "值班"}
	as.Description, as.Notice = "回答告警和值班的问题。", "回答由 AI 生成，以值班经理的决定为准。"
	if _, err := h.Answerer.SaveAssistant(t.Context(), sc, as); err != nil {
		t.Fatal(err)
	}
	p := h.tab(t)
	p.Go(h.url + "/ask")
	p.Click(`button[name="lang"]`)
	p.Until(`document.documentElement.lang === "zh-Hans" && document.readyState === "complete"`)
	p.Click(".to-dark")
	p.Until(`document.documentElement.dataset.theme === "dark"`)
	p.Go(h.url + "/ask?assistant=desk")
	p.want("what it is good for", p.Text(".first"), "回答告警和值班的问题。")
	p.want("what it answers from", p.Text(".first"), "泵站手册 · 值班")
	p.want("the notice", p.Text("#notice"), "回答由 AI 生成")
	if groups := webtest.Eval[int](p.Page, `document.querySelectorAll("#assistant optgroup").length`); groups != 2 {
		t.Errorf("%d groups of assistants", groups)
	}
	p.Size(390, 844)
	p.Shot("zh-1-assistant")
	p.Audit("an assistant in Chinese")
	p.ask("15 分钟内无人确认的告警会发给谁？")
	p.ask("值班经理多久轮换一次？")
	p.want("the other corpus", p.Text(".turn:last-child .answer"), "12 小时")
	p.want("the notice stays", p.Text("#notice"), "回答由 AI 生成")
	p.Shot("zh-2-two-turns")
	p.Audit("two turns in Chinese")
	p.Go(h.url + webtest.Eval[string](p.Page, `location.pathname`) + "?again#latest")
	p.Click(".turn .cite")
	p.Until(`document.querySelector(".originals").checkVisibility() && document.querySelector(".orig.on mark.on")`)
	p.want("of the first turn", p.Text(".orig.on mark.on"), "第二联系人")
	p.Shot("zh-3-sheet")
	p.Click(`.group:not([hidden]) [data-sheet-close]`)
	p.Until(`!document.querySelector(".originals").checkVisibility()`)
	p.Click(".turn .cite")
	p.Until(`document.querySelector(".originals").checkVisibility()`)
	p.Audit("the sheet of an earlier turn")
	p.Go(h.url + webtest.Eval[string](p.Page, `location.pathname`) + "?anew#latest")
	p.Click(".turn:last-child [data-say]")
	p.Until(`document.activeElement.matches(".turn:last-child .say textarea")`)
	p.Shot("zh-4-feedback")
	p.Audit("feedback in Chinese")
	other := webtest.Eval[string](p.Page, `document.querySelector(".turn:last-child .cite").dataset.open`)
	p.Go(h.url + other)
	p.want("the document of the other corpus", p.Text("#lit"), "12 小时")
	p.Until(`location.pathname.startsWith("/library/` + url.PathEscape("值班") + `/")`)
	for _, path := range []string{"/ask/all", "/ask/memories", "/records?feedback=down"} {
		p.Go(h.url + path)
		p.Audit("Chinese " + path)
	}
}

// TestConsoleTroubles: two originals that contradict each other, a sentence that had to be
// written anew, and one on which a second opinion was asked, in the answer and in its record.
func TestConsoleTroubles(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "desk", map[string]string{
		"hours.md": "# Opening hours\n\nThe service desk in building B is open until 16 o'clock on Fridays.\n",
		"desk.md":  "# Service desk\n\nThe service desk in building B is open until 18 o'clock on Fridays.\n"})
	model := gatewaytest.New(t,
		gatewaytest.Say("The service desk in building B is open until 16 o'clock on Fridays [2]. ", "The service desk in building B is open until 23 o'clock on Fridays [1]. It closes then."),
		gatewaytest.Say("The service desk in building B is open until 18 o'clock on Fridays [1]. ", "People who come later than that on the last working day find locked doors [1]."))
	judge := gatewaytest.New(t, gatewaytest.JSON(`[[{"label":"entailment","score":0.9},{"label":"neutral","score":0.07},{"label":"contradiction","score":0.03}]]`))
	specs := []gateway.Spec{{Name: "scripted", Replicas: []gateway.Replica{{URL: model.URL}}}, {Name: "nli", Can: []string{"judge"}, Replicas: []gateway.Replica{{URL: judge.URL, Dialect: gateway.NLI}}}}
	if err := h.Models.Replace(specs, nil); err != nil {
		t.Fatal(err)
	}
	sc, err := auth.Scope(t.Context(), auth.Single, wenyuan.DefaultSpace)
	if err != nil {
		t.Fatal(err)
	}
	as, err := h.Answerer.Assistant(t.Context(), sc, "desk")
	if err != nil {
		t.Fatal(err)
	}
	as.Unsupported, as.Judge = "regenerate", "nli"
	if _, err := h.Answerer.SaveAssistant(t.Context(), sc, as); err != nil {
		t.Fatal(err)
	}
	p := h.tab(t)
	p.Go(h.url + "/ask?assistant=desk")
	p.ask("Until when is the service desk in building B open on Fridays?")
	p.want("the contradiction", p.Text(".turn .notice"), "Two originals contradict each other")
	p.want("counted", p.Text(".turn .verdicts"), "1 contradiction between originals")
	p.want("at the original", p.Text(".originals .orig"), "contradicts 2")
	p.want("what contradicts", p.Text(".originals .against"), "16")
	p.want("written anew", p.Text(".turn .steps"), "1 sentence was written anew")
	if strings.Contains(p.Text(".turn .answer"), "23") {
		t.Error("the sentence that was asked for once more is shown")
	}
	p.Shot("troubles-1-answer")
	p.Audit("troubles")
	p.Click(`.steps a[href^="/records/"]`)
	p.Until(`location.pathname.startsWith("/records/trc")`)
	page := p.Text("main")
	for _, want := range []string{"The model was asked 2 times.", "open until 23 o'clock", "How well nli agrees with people was not measured", "not verified", "0.90"} {
		p.want("the record", page, want)
	}
	p.Shot("troubles-2-record")
	p.Size(1360, 2400)
	p.Shot("troubles-3-record")
	p.Audit("the record of troubles")
}
