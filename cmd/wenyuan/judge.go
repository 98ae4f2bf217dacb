package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/judge"
)

type judgeVerbs struct {
	Create     judgeCreateCmd     `cmd:"" help:"judge_create"`
	Add        judgeAddCmd        `cmd:"" help:"judge_add"`
	List       judgeListCmd       `cmd:"" help:"judge_list"`
	Show       judgeShowCmd       `cmd:"" help:"judge_show"`
	Change     judgeChangeCmd     `cmd:"" help:"judge_change"`
	Items      judgeItemsCmd      `cmd:"" help:"judge_items"`
	Next       judgeNextCmd       `cmd:"" help:"judge_next"`
	Give       judgeGiveCmd       `cmd:"" help:"judge_give"`
	Adjudicate judgeAdjudicateCmd `cmd:"" help:"judge_adjudicate"`
	Gold       judgeGoldCmd       `cmd:"" help:"judge_gold"`
	Aside      judgeAsideCmd      `cmd:"" help:"judge_aside"`
	Finish     judgeFinishCmd     `cmd:"" help:"judge_finish"`
	Import     judgeImportCmd     `cmd:"" help:"judge_import"`
	Export     judgeExportCmd     `cmd:"" help:"judge_export"`
}

func (judgeVerbs) Help() string {
	return "  $ wenyuan judge create fix --kind answer --guidelines guide.md --disliked --judge ann\n  $ wenyuan judge next fix\n  $ wenyuan judge give fix jit_06c5h2k1m4 --answer \"Prime the pump first.\"\n  $ wenyuan judge finish fix"
}

func judgePath(task string, more ...string) string {
	path := "/api/judging/" + url.PathEscape(task)
	for _, m := range more {
		path += "/" + url.PathEscape(m)
	}
	return path
}

// judgeFrom says which samples become items.
type judgeFrom struct {
	Origin      []string `help:"dataset_origin" placeholder:"ORIGIN"`
	Of          []string `name:"sample-kind" help:"dataset_kind" placeholder:"KIND"`
	Source      []string `help:"dataset_source" placeholder:"NAME"`
	Corpus      []string `help:"dataset_corpus" placeholder:"NAME"`
	Assistant   []string `help:"dataset_assistant" placeholder:"NAME"`
	Language    []string `help:"dataset_language" placeholder:"LANG"`
	State       string   `help:"dataset_state" enum:"ready,aside," default:""`
	Disliked    bool     `help:"judge_disliked"`
	Unsupported bool     `help:"judge_unsupported"`
	Dataset     string   `help:"judge_dataset" placeholder:"NAME"`
	Split       string   `help:"dataset_split" enum:"train,valid,test," default:""`
	Most        int      `help:"judge_most"`
}

func (v judgeFrom) source() *judge.Source {
	return &judge.Source{Filter: dataset.Filter{Origins: v.Origin, Kinds: v.Of, Sources: v.Source, Corpora: v.Corpus, Assistants: v.Assistant, Languages: v.Language, State: v.State},
		Disliked: v.Disliked, Unsupported: v.Unsupported, Dataset: v.Dataset, Split: v.Split, Most: v.Most}
}

type judgeCreateCmd struct {
	Name       string   `arg:"" help:"judge_name"`
	Kind       string   `help:"judge_kind" enum:"answer,rank" required:""`
	Guidelines string   `help:"judge_guidelines" type:"existingfile" required:"" placeholder:"FILE"`
	Overlap    int      `help:"judge_overlap" default:"1"`
	Open       bool     `help:"judge_open"`
	GoldShare  float64  `help:"judge_gold_share" default:"0.1"`
	Least      float64  `help:"judge_least" default:"0.7"`
	Seed       int64    `help:"judge_seed"`
	Judge      []string `help:"judge_judge" placeholder:"PERSON"`
	Empty      bool     `help:"judge_empty"`
	judgeFrom  `embed:""`
}

func (judgeCreateCmd) Help() string {
	return "  $ wenyuan judge create fix --kind answer --guidelines guide.md --disliked --judge ann --judge bob\n  $ wenyuan judge create better --kind rank --guidelines guide.md --overlap 3 --sample-kind preference\n  $ wenyuan judge create outside --kind rank --guidelines guide.md --empty"
}

// Run makes a task.
func (v *judgeCreateCmd) Run(s *session) error {
	text, err := os.ReadFile(v.Guidelines)
	if err != nil {
		return err
	}
	o := judge.Order{Name: v.Name, Kind: v.Kind, Guidelines: string(text), Overlap: v.Overlap, Open: v.Open, Gold: &v.GoldShare, Least: &v.Least, Seed: v.Seed, Judges: v.Judge}
	if !v.Empty {
		o.From = v.source()
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/judging", o, func(w io.Writer, out struct {
			Task  judge.Standing
			Added judge.Added
		}) {
			if !v.Empty {
				s.itemsAdded(w, out.Added)
			}
			s.standing(w, out.Task)
		})
	})
}

// itemsAdded says what became of a source.
func (s *session) itemsAdded(w io.Writer, a judge.Added) {
	fmt.Fprintln(w, s.say("items added: %d, there before: %d", "新增 %d 条，原有 %d 条", a.Added, a.Known))
	if a.Added+a.Known == 0 {
		fmt.Fprintln(w, s.say("  no sample fits: wenyuan dataset samples shows what there is, wenyuan dataset capture makes samples of answers", "  没有合适的样本：wenyuan dataset samples 列出已有的，wenyuan dataset capture 由回答生成样本"))
	}
	for _, why := range sortedKeys(a.Passed) {
		fmt.Fprintln(w, s.say("  samples passed over, %s: %d", "  略过样本（%s）：%d", s.passed(why), a.Passed[why]))
	}
}

func (s *session) passed(why string) string {
	p := map[string]pair{"hidden": {"you do not see them", "你看不到"}, "one": {"one answer only", "只有一个回答"}, "many": {"more than 8 answers", "回答多于 8 个"}, "kind": {"no question with an answer", "不是问答"},
		"open": {"not judged", "未评完"}, "disputed": {"not decided", "未裁定"}, "equal": {"no answer is better", "不分高下"}, "gold": {"gold", "金标准"}, "erased": {"erased", "已清除"}}[why]
	if p.en == "" {
		return why
	}
	return s.say(p.en, p.zh)
}

type judgeAddCmd struct {
	Task      string `arg:"" help:"judge_task"`
	judgeFrom `embed:""`
}

func (judgeAddCmd) Help() string {
	return "  $ wenyuan judge add fix --unsupported --assistant desk\n  $ wenyuan judge add fix --dataset support --split test"
}

// Run adds items.
func (v *judgeAddCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, judgePath(v.Task, "items"), map[string]any{"from": v.source()}, s.itemsAdded)
	})
}

type judgeListCmd struct{}

func (judgeListCmd) Help() string { return "  $ wenyuan judge list" }

// Run lists tasks.
func (v *judgeListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, "/api/judging", nil, func(w io.Writer, l struct{ Tasks []judge.Standing }) {
			var t table
			for _, st := range l.Tasks {
				t.row(st.Name, s.judgeKind(st.Kind), s.judgeState(st.State), s.say("%d of %d judged", "已评 %d，共 %d", st.Judged, st.Items), s.say("%d for you", "待你评 %d", st.Waiting), moment(st.Created))
			}
			t.write(w)
			fmt.Fprintln(w, s.count(len(l.Tasks), "task", "tasks", "个任务"))
		})
	})
}

func (s *session) judgeKind(kind string) string {
	if kind == judge.Rank {
		return s.say("rank", "排序")
	}
	return s.say("answer", "撰写")
}

func (s *session) judgeState(state string) string {
	if state == judge.Finished {
		return s.say("finished", "已结束")
	}
	return s.say("open", "进行中")
}

type judgeShowCmd struct {
	Task string `arg:"" help:"judge_task"`
}

func (judgeShowCmd) Help() string { return "  $ wenyuan judge show fix" }

// Run shows a task.
func (v *judgeShowCmd) Run(s *session) error {
	return s.with(func(c *client) error { return result(s, c, http.MethodGet, judgePath(v.Task), nil, s.standing) })
}

// standing shows how far a task is, and who judges.
func (s *session) standing(w io.Writer, st judge.Standing) {
	fmt.Fprintf(w, "%s  %s  %s  %s %.6s\n", st.Name, s.judgeKind(st.Kind), s.judgeState(st.State), s.say("guidelines", "准则"), st.Guidelines)
	var t table
	t.row("  "+s.say("judged", "已评"), s.say("%d of %d, each by %d", "%d / %d，每条 %d 人", st.Judged, st.Items, st.Overlap))
	t.row("  "+s.say("yours", "你的"), s.say("%d judged, %d wait", "已评 %d，待评 %d", st.Mine, st.Waiting))
	if st.Manages || st.Decides {
		t.row("  "+s.say("to decide", "待裁定"), s.say("%d, %d are decided", "%d，已裁定 %d", st.Disputed, st.Decided))
		alpha := s.say("nothing to compare yet", "还没有可比的")
		if st.Alpha != nil {
			alpha = s.say("%.2f over %d items", "%.2f（%d 条）", *st.Alpha, st.Compared)
		}
		t.row("  Krippendorff α", alpha)
		t.row("  "+s.say("gold", "金标准"), s.say("%d items, %.0f %% of what is given", "%d 条，占所给的 %.0f %%", st.GoldItems, 100*st.Gold))
	}
	if st.Samples > 0 {
		t.row("  "+s.say("samples", "样本"), strconv.Itoa(st.Samples))
	}
	if st.Erased > 0 {
		t.row("  "+s.say("erased since", "此后清除"), strconv.Itoa(st.Erased))
	}
	t.write(w)
	var people table
	for _, j := range st.Judges {
		name := j.Name
		if name == "" {
			name = j.Person
		}
		state := ""
		switch {
		case j.Aside:
			state = "▲ " + s.say("set aside", "已搁置") + " " + j.Note
		case j.Fails:
			state = "▲ " + s.say("fails gold items", "金标准未达标")
		}
		people.row("  "+name, j.Person, strconv.Itoa(j.Judged), s.say("%d skipped", "跳过 %d", j.Skipped), s.say("gold %d of %d", "金标准 %d / %d", j.GoldRight, j.Gold), (time.Duration(j.Median) * time.Microsecond).Round(time.Second).String(), state)
	}
	people.write(w)
	if st.Text != "" {
		fmt.Fprintf(w, "\n%s\n", st.Text)
	}
}

type judgeChangeCmd struct {
	Task       string   `arg:"" help:"judge_task"`
	Guidelines string   `help:"judge_guidelines" type:"existingfile" placeholder:"FILE"`
	Overlap    *int     `help:"judge_overlap"`
	GoldShare  *float64 `help:"judge_gold_share"`
	Least      *float64 `help:"judge_least"`
	Judge      []string `help:"judge_judge" placeholder:"PERSON"`
	Drop       []string `help:"judge_drop" placeholder:"PERSON"`
	Reopen     bool     `help:"judge_reopen"`
}

func (judgeChangeCmd) Help() string {
	return "  $ wenyuan judge change fix --guidelines guide.md\n  $ wenyuan judge change fix --overlap 3 --judge cyd --drop ann"
}

// Run changes a task.
func (v *judgeChangeCmd) Run(s *session) error {
	c := judge.Change{Overlap: v.Overlap, Gold: v.GoldShare, Least: v.Least, Add: v.Judge, Drop: v.Drop, Reopen: v.Reopen}
	if v.Guidelines != "" {
		text, err := os.ReadFile(v.Guidelines)
		if err != nil {
			return err
		}
		said := string(text)
		c.Guidelines = &said
	}
	return s.with(func(k *client) error { return result(s, k, http.MethodPatch, judgePath(v.Task), c, s.standing) })
}

type judgeItemsCmd struct {
	Task  string `arg:"" help:"judge_task"`
	After int    `help:"judge_after"`
	Limit int    `help:"judge_limit" default:"20"`
}

func (judgeItemsCmd) Help() string { return "  $ wenyuan judge items fix --limit 5" }

// Run lists items with what was said of each.
func (v *judgeItemsCmd) Run(s *session) error {
	path := address(judgePath(v.Task, "items"), "after", strconv.Itoa(v.After), "limit", strconv.Itoa(v.Limit))
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, path, nil, func(w io.Writer, p judge.Page) {
			for _, x := range p.Items {
				mark := ""
				if x.Gold != nil {
					mark = "  " + s.say("gold", "金标准")
				}
				if x.Disputed {
					mark += "  ▲ " + s.say("to decide", "待裁定")
				}
				fmt.Fprintf(w, "─ %d  %s%s\n", x.Number, x.ID, mark)
				s.item(w, x.Item)
				for _, o := range x.Said {
					s.said(w, x.Item, o)
				}
			}
			if p.Next > 0 {
				fmt.Fprintln(w, s.say("go on with --after %d", "用 --after %d 继续", p.Next))
			}
		})
	})
}

// item shows what is judged.
func (s *session) item(w io.Writer, x judge.Item) {
	for _, m := range x.Messages {
		fmt.Fprintf(w, "%s: %s\n", m.Role, m.Content)
	}
	for i, a := range x.Answers {
		model := ""
		if a.Model != "" {
			model = " (" + a.Model + ")"
		}
		fmt.Fprintf(w, "\n%d%s: %s\n", i+1, model, a.Text)
	}
	for _, p := range x.Passages {
		fmt.Fprintf(w, "\n  %s  %s\n  %s\n", p.Source, p.Document, p.Text)
	}
}

// said shows one judgement, with answers by their numbers.
func (s *session) said(w io.Writer, x judge.Item, o judge.Told) {
	number := map[string]string{}
	for i, a := range x.Answers {
		number[a.ID] = strconv.Itoa(i + 1)
	}
	var order []string
	for _, group := range o.Given.Order {
		var ties []string
		for _, id := range group {
			ties = append(ties, number[id])
		}
		order = append(order, strings.Join(ties, "="))
	}
	who := o.Person
	if o.Decides {
		who = strings.TrimSpace(who + " " + s.say("decides", "裁定"))
	}
	text := strings.TrimSpace(strings.Join(order, ">") + " " + o.Given.Answer)
	if o.Given.Skip != "" {
		text = s.say("skipped: ", "跳过：") + o.Given.Skip
	}
	if o.Given.Note != "" {
		text += "  — " + o.Given.Note
	}
	fmt.Fprintf(w, "  ● %s  %s\n", who, text)
}

type judgeNextCmd struct {
	Task string `arg:"" help:"judge_task"`
}

func (judgeNextCmd) Help() string { return "  $ wenyuan judge next fix" }

// Run gives the next item. Where there is none the exit code is 1.
func (v *judgeNextCmd) Run(s *session) error {
	return s.handed(v.Task, "next", s.say("nothing waits for you here", "这里没有待你评判的条目"))
}

// handed shows an item that the server gives; where there is none it says so and the exit code is 1.
func (s *session) handed(task, door, none string) error {
	found := false
	err := s.with(func(c *client) error {
		return result(s, c, http.MethodPost, judgePath(task, door), nil, func(w io.Writer, out struct {
			Work *judge.Work
			Left int
		}) {
			if found = out.Work != nil; !found {
				fmt.Fprintln(w, none)
				return
			}
			x := out.Work.Item
			fmt.Fprintf(w, "─ %s", x.ID)
			if out.Left > 0 {
				fmt.Fprint(w, "  ", s.say("%d to decide", "待裁定 %d 条", out.Left))
			} else {
				fmt.Fprint(w, "  ", s.say("%d of %d", "%d / %d", out.Work.Done+1, out.Work.Of))
			}
			fmt.Fprintln(w)
			s.item(w, x)
			for _, o := range out.Work.Others {
				s.said(w, x, o)
			}
		})
	})
	if err == nil && !found && !s.json {
		return errSilent
	}
	return err
}

// judgeSaid is what somebody says on the command line.
type judgeSaid struct {
	Answer     string `help:"judge_answer" placeholder:"TEXT" xor:"said"`
	AnswerFile string `help:"judge_answer_file" placeholder:"FILE" type:"existingfile" xor:"said"`
	Order      string `help:"judge_order" placeholder:"2>1=3" xor:"said"`
	Note       string `help:"judge_note" placeholder:"TEXT"`
}

func (v judgeSaid) given() (g judge.Given, err error) {
	g = judge.Given{Answer: v.Answer, Note: v.Note}
	if v.AnswerFile != "" {
		text, err := os.ReadFile(v.AnswerFile)
		if err != nil {
			return g, err
		}
		g.Answer = string(text)
	}
	if v.Order == "" {
		return g, nil
	}
	for group := range strings.SplitSeq(v.Order, ">") {
		var ids []string
		for id := range strings.SplitSeq(group, "=") {
			if id = strings.TrimSpace(id); id == "" {
				return g, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q is no order", v.Order), Hint: "write the numbers of the answers, the best first: 2>1=3"}
			}
			ids = append(ids, id)
		}
		g.Order = append(g.Order, ids)
	}
	return g, nil
}

type judgeGiveCmd struct {
	Task      string `arg:"" help:"judge_task"`
	Item      string `arg:"" help:"judge_item"`
	Skip      string `help:"judge_skip" placeholder:"TEXT" xor:"said"`
	judgeSaid `embed:""`
}

func (judgeGiveCmd) Help() string {
	return "  $ wenyuan judge give better jit_06c5h2k1m4 --order \"2>1=3\"\n  $ wenyuan judge give fix jit_06c5h2k1m4 --answer-file answer.md\n  $ wenyuan judge give fix jit_06c5h2k1m4 --skip \"not my field\""
}

// Run says what is right about an item.
func (v *judgeGiveCmd) Run(s *session) error {
	g, err := v.given()
	if err != nil {
		return err
	}
	g.Skip = v.Skip
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPut, judgePath(v.Task, "items", v.Item), g, func(w io.Writer, _ struct{}) {
			fmt.Fprintln(w, s.say("kept", "已记下"))
		})
	})
}

type judgeAdjudicateCmd struct {
	Task      string `arg:"" help:"judge_task"`
	Item      string `arg:"" optional:"" help:"judge_item"`
	judgeSaid `embed:""`
}

func (judgeAdjudicateCmd) Help() string {
	return "  $ wenyuan judge adjudicate better\n  $ wenyuan judge adjudicate better jit_06c5h2k1m4 --order \"2>1\""
}

// Run gives the next item whose judges do not agree, or decides one.
func (v *judgeAdjudicateCmd) Run(s *session) error {
	if v.Item == "" {
		return s.handed(v.Task, "dispute", s.say("nothing waits to be decided", "没有待裁定的条目"))
	}
	g, err := v.given()
	if err != nil {
		return err
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPut, judgePath(v.Task, "items", v.Item, "decision"), g, func(w io.Writer, _ struct{}) {
			fmt.Fprintln(w, s.say("decided", "已裁定"))
		})
	})
}

type judgeGoldCmd struct {
	Task      string `arg:"" help:"judge_task"`
	Item      string `arg:"" help:"judge_item"`
	Remove    bool   `help:"judge_gold_remove"`
	judgeSaid `embed:""`
}

func (judgeGoldCmd) Help() string {
	return "  $ wenyuan judge gold better jit_06c5h2k1m4 --order \"1>2\"\n  $ wenyuan judge gold better jit_06c5h2k1m4 --remove"
}

// Run makes an item gold.
func (v *judgeGoldCmd) Run(s *session) error {
	path, method := judgePath(v.Task, "items", v.Item, "gold"), http.MethodPut
	g, err := v.given()
	if err != nil {
		return err
	}
	var body any = g
	if v.Remove {
		method, body = http.MethodDelete, nil
	}
	return s.with(func(c *client) error { return result(s, c, method, path, body, func(io.Writer, struct{}) {}) })
}

type judgeAsideCmd struct {
	Task   string `arg:"" help:"judge_task"`
	Person string `arg:"" help:"judge_person"`
	Back   bool   `help:"judge_back"`
	Note   string `help:"judge_why" placeholder:"TEXT"`
}

func (judgeAsideCmd) Help() string {
	return "  $ wenyuan judge aside fix psn_06c5h2k1m4 --note \"gold items wrong\"\n  $ wenyuan judge aside fix psn_06c5h2k1m4 --back"
}

// Run sets aside what somebody said.
func (v *judgeAsideCmd) Run(s *session) error {
	body := map[string]any{"person": v.Person, "back": v.Back, "note": v.Note}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, judgePath(v.Task, "aside"), body, s.standing)
	})
}

type judgeFinishCmd struct {
	Task  string `arg:"" help:"judge_task"`
	Leave bool   `help:"judge_leave"`
}

func (judgeFinishCmd) Help() string {
	return "  $ wenyuan judge finish fix\n  $ wenyuan dataset build fixed --origin judged --source fix"
}

// Run makes samples of what judges came to.
func (v *judgeFinishCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, judgePath(v.Task, "finish"), map[string]any{"leave": v.Leave}, func(w io.Writer, d judge.Done) {
			fmt.Fprintln(w, s.say("new samples: %d, made of items: %d, there before: %d", "由 %[2]d 条得到 %[1]d 个新样本，原有 %[3]d 个", d.Samples, d.Items, d.Known))
			for _, why := range sortedKeys(d.Left) {
				fmt.Fprintln(w, s.say("  left out, %s: %d", "  未收入（%s）：%d", s.passed(why), d.Left[why]))
			}
		})
	})
}

type judgeImportCmd struct {
	Task    string `arg:"" help:"judge_task"`
	File    string `arg:"" help:"judge_file" type:"existingfile"`
	Format  string `help:"judge_format" enum:"lines,studio" default:"lines"`
	Licence string `help:"dataset_licence_in" placeholder:"NAME"`
	Broken  bool   `help:"dataset_broken"`
}

func (judgeImportCmd) Help() string {
	return "  $ wenyuan judge import better items.jsonl\n  $ wenyuan judge import better project-1.json --format studio"
}

// Run takes items and judgements in. Where nothing was taken in because something is broken, the exit code is 1.
func (v *judgeImportCmd) Run(s *session) error {
	file, err := os.Open(v.File)
	if err != nil {
		return err
	}
	defer file.Close()
	path := address(judgePath(v.Task, "import"), "format", v.Format, "licence", v.Licence)
	if v.Broken {
		path += "&broken=true"
	}
	var out judge.Ported
	err = s.with(func(c *client) error {
		resp, err := c.do(s.ctx, http.MethodPost, path, "application/x-ndjson", file)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(io.LimitReader(resp.Body, maxReply)).Decode(&out); err != nil {
			return c.broken(s.ctx, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.give(out, func(w io.Writer) {
		for _, f := range out.Faults {
			fmt.Fprintf(w, "%s:%d: %s\n", v.File, f.Line, s.tell(f.Why))
		}
		fmt.Fprintln(w, s.say("%d items are new, %d were there before; %d judgements; %d broken", "新增 %d 条，原有 %d 条；评判 %d 个；损坏 %d 条", out.Items, out.Known, out.Judgements, out.Broken))
		if !out.Taken {
			fmt.Fprintln(w, s.say("nothing was taken in: mend the file, or give --broken to leave these out", "没有导入任何内容：请修正文件，或用 --broken 跳过这些"))
		}
	}); err != nil {
		return err
	}
	if !out.Taken {
		return errSilent
	}
	return nil
}

type judgeExportCmd struct {
	Task   string `arg:"" help:"judge_task"`
	Format string `help:"judge_format" enum:"lines,studio" default:"lines"`
	Out    string `help:"judge_out" placeholder:"FILE"`
}

func (judgeExportCmd) Help() string {
	return "  $ wenyuan judge export better --format studio --out better.json\n  $ wenyuan judge export better > better.jsonl"
}

// Run writes the items with what was said of each.
func (v *judgeExportCmd) Run(s *session) error {
	path := address(judgePath(v.Task, "export"), "format", v.Format)
	return s.with(func(c *client) error {
		resp, err := c.do(s.ctx, http.MethodGet, path, "", nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if v.Out == "" {
			_, err := io.Copy(s.stdout, resp.Body)
			return err
		}
		f, err := os.Create(v.Out + ".part")
		if err != nil {
			return err
		}
		if _, err = io.Copy(f, resp.Body); err != nil {
			err = c.broken(s.ctx, err)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return errors.Join(err, os.Remove(v.Out+".part"))
		}
		return os.Rename(v.Out+".part", v.Out)
	})
}
