package server_test

import (
	"strings"
	"testing"

	"wenyuan/internal/testenv"
	"wenyuan/web/webtest"
)

// set writes into a control and tells the page, as typing and choosing do.
func (p tab) set(selector, value string) {
	p.t.Helper()
	webtest.Eval[bool](p.Page, `(() => { const c = document.querySelector(`+quoted(selector)+`); c.value = `+quoted(value)+`; c.dispatchEvent(new Event("input", { bubbles: true })); return true })()`)
}

func quoted(s string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`", "$", "\\$").Replace(s) + "`"
}

// TestConsoleBuild is the road of somebody who shapes an assistant: a model that really
// runs is added and tried, the settings are changed and compared, a prompt is rendered, a
// question is asked with the new version, and the version is taken back.
func TestConsoleBuild(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "handbook", map[string]string{"alarms/03-pressure.md": englishHandbook})
	url := testenv.ScriptedServer(t, "An alarm that nobody confirms within 15 minutes is sent to the second contact [1].")
	p := h.tab(t)
	p.Forgive("400") // of drafts that cannot be

	p.Go(h.url + "/ask")
	p.Keys("\x1b")
	p.Keys("g")
	p.Keys("g")
	p.Until(`location.pathname === "/gateway/live"`)
	p.Go(h.url + "/gateway")
	p.want("no models", p.Text("main"), "No model yet.")
	p.Audit("no models")
	p.Click(".head .btn.main")
	p.Until(`location.pathname === "/gateway/new"`)
	p.set(`[name="name"]`, "llama")
	p.set(`[name="url"]`, url)
	p.set(`[name="context"]`, "4096")
	p.set(`[name="tokenizer"]`, "engine")
	p.Shot("build-1-model")
	p.Audit("a new model")
	p.Click("[data-save]")
	p.Until(`location.pathname === "/gateway" && document.querySelector("table.models")`)
	p.want("added", p.Text("main"), "Added: llama")
	p.Click(`form[data-busy="testing"] button`)
	p.Until(`document.querySelector(".note .tried")`)
	p.want("tested", p.Text(".note:has(.tried)"), "Everything it is declared for works.")
	p.want("tested", p.Text(".note:has(.tried)"), "first token after")
	p.Shot("build-2-gateway")
	p.Audit("a model that was tried")

	p.Keys("g")
	p.Keys("s")
	p.Until(`location.pathname === "/assistants"`)
	p.want("the list", p.Text("main table"), "llama")
	p.Audit("assistants")
	p.Click("main table a")
	p.Until(`location.pathname === "/assistants/handbook"`)
	p.set("#f-keep", "3")
	p.Until(`document.querySelector("#f-keep").closest("tr").matches(".chg")`)
	p.set("#f-keep", webtest.Eval[string](p.Page, `document.querySelector("#f-keep").dataset.live`))
	p.Until(`!document.querySelector("#f-keep").closest("tr").matches(".chg")`)
	p.set("#f-floor", "5")
	p.Click("[data-save]")
	p.Until(`document.querySelector("#f-floor[aria-invalid]")`)
	p.want("the bound", p.Text("#e-floor"), "−1 to 1")
	p.Audit("a bound that was crossed")
	p.set("#f-floor", "0.4")
	prompt := webtest.Eval[string](p.Page, `document.querySelector("#f-prompt").value`)
	p.set("#f-prompt", strings.Replace(prompt, "briefly and directly", "in one short sentence", 1))
	p.Click(`button[value="compare"]`)
	p.Until(`document.querySelector(".diff ins")`)
	p.want("the difference", p.Text(".diff .a"), "in one short sentence")
	p.want("the difference", p.Text(".diff del"), "briefly")
	p.Shot("build-3-compare")
	webtest.Eval[bool](p.Page, `document.querySelector(".diff").scrollIntoView({ block: "center" }), true`)
	p.Shot("build-4-difference")
	p.Audit("compared")
	p.Click("[data-save]")
	p.Until(`location.search.includes("saved=")`)
	p.want("saved", p.Text(".note.lead"), "answers from the next new question on")
	p.Shot("build-5-saved")

	p.Go(h.url + "/assistants/handbook/engine")
	p.Click("#pq")
	p.Keys("What happens to an alarm that nobody confirms?\r")
	p.Until(`document.querySelector(".budget")`)
	p.want("counted", p.Text("#bud + span"), "counted by its own tokenizer")
	p.want("selected", p.Text(".mem.m4"), "When an alarm is raised")
	p.want("sent", p.Text("main"), "in one short sentence")
	p.Shot("build-6-engine")
	p.Audit("the prompt engine")
	for _, width := range []int64{390, 320} {
		p.Size(width, 844)
		p.Audit("the prompt engine on a phone")
	}
	p.Shot("build-6-engine-phone")
	p.Size(1360, 900)

	p.Go(h.url + "/ask?corpus=handbook")
	p.ask("What happens to an alarm that nobody confirms?")
	p.want("answered by the model", p.Text(".turn .answer"), "sent to the second contact")
	trace := webtest.Eval[string](p.Page, `document.querySelector(".turn").dataset.trace`)
	p.Go(h.url + "/assistants/handbook/engine?trace=" + trace)
	p.want("what was sent", p.Text("main"), "in one short sentence")
	p.Go(h.url + "/gateway")
	p.want("counted", p.Text(".strip"), "tokens in")

	p.Go(h.url + "/assistants/handbook")
	p.set("#f-notice", "Written by a machine.")
	p.Click("[data-save]")
	p.Until(`location.search.includes("saved=")`)
	p.Go(h.url + "/assistants/handbook/versions")
	p.want("history", p.Text("main table"), "Notice")
	p.Click(".head button")
	p.Until(`document.querySelector(".compared")`)
	p.want("compared", p.Text(".compared"), "Written by a machine.")
	p.Shot("build-7-versions")
	p.Audit("versions")
	p.Click(`main form[method="post"] button`)
	p.Until(`location.search.includes("moved=")`)
	p.want("taken back", p.Text(".note.lead"), "points to")

	p.Go(h.url + "/gateway/models/llama")
	p.Audit("a model")
	p.Click("details.remove summary")
	p.Click("details.remove .danger")
	p.Until(`location.pathname === "/gateway"`)
	p.want("removed", p.Text("main"), "Removed: llama")
}

// TestConsoleBuildChinese looks at the same pages in Chinese, dark, on a desk and a phone.
func TestConsoleBuildChinese(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.add(t, "泵站手册", map[string]string{"报警/03-压力.md": chineseHandbook})
	url := testenv.ScriptedServer(t, "15 分钟内无人确认的告警，会发给第二联系人[1]。")
	p := h.tab(t)
	p.Forgive("400") // of drafts that cannot be
	p.Go(h.url + "/gateway")
	p.Click(`button[name="lang"]`)
	p.Until(`document.documentElement.lang === "zh-Hans" && document.readyState === "complete"`)
	p.Click(".to-dark")
	p.Until(`document.documentElement.dataset.theme === "dark"`)
	p.Go(h.url + "/gateway/new")
	p.set(`[name="name"]`, "本地模型")
	p.set(`[name="url"]`, "这不是地址")
	p.Click("[data-save]")
	p.Until(`document.querySelector('[name="url"][aria-invalid]')`)
	p.Shot("build-chinese-1-fault")
	p.Audit("an address that is none")
	p.set(`[name="url"]`, url)
	p.Click("[data-save]")
	p.Until(`location.pathname === "/gateway" && document.querySelector("table.models")`)
	p.Click(`form[data-busy="testing"] button`)
	p.Until(`document.querySelector(".note .tried")`)
	p.Shot("build-chinese-2-gateway")
	p.Click(`form[action="/gateway/discover"] button`)
	p.Until(`document.querySelector("#found")`)
	p.Audit("local servers")
	p.Go(h.url + "/assistants/泵站手册")
	p.set("#f-title", "泵站值班台")
	p.set("#f-beside", "2")
	p.Click("[data-save]")
	p.Until(`document.querySelector("#f-beside[aria-invalid]")`)
	p.want("the bound", p.Text("#e-beside"), "应在 −1 到 1 之间")
	p.Shot("build-chinese-3-fault")
	p.set("#f-beside", "0.6")
	p.Keys("\x1b")
	webtest.Eval[bool](p.Page, `document.querySelector("#f-title").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true })), true`)
	p.Until(`location.search.includes("saved=")`)
	p.want("saved", p.Text(".note.lead"), "从下一个新提问起用它回答")
	p.Go(h.url + "/assistants/泵站手册/engine?q=15 分钟内无人确认的告警会发给谁？")
	p.want("rendered", p.Text("main"), "压力告警")
	p.Shot("build-chinese-4-engine")
	for _, path := range []string{"/assistants", "/assistants/泵站手册", "/assistants/泵站手册/engine?q=告警保留多久？", "/assistants/泵站手册/versions", "/assistants/new", "/gateway", "/gateway/models/本地模型", "/library/泵站手册"} {
		p.Go(h.url + path)
		for _, width := range []int64{1360, 761, 390, 320} {
			p.Size(width, 844)
			p.Audit("Chinese " + path)
		}
		p.Size(390, 844)
		p.Shot("build-chinese-phone" + strings.ReplaceAll(strings.Split(path, "?")[0], "/", "_"))
	}
}
