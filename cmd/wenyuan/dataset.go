package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/internal/strict"
	"wenyuan/train"
)

type datasetVerbs struct {
	Import     datasetImportCmd     `cmd:"" help:"dataset_import"`
	Capture    datasetCaptureCmd    `cmd:"" help:"dataset_capture"`
	Mine       datasetMineCmd       `cmd:"" help:"dataset_mine"`
	Instruct   datasetInstructCmd   `cmd:"" help:"dataset_instruct"`
	Instructed datasetInstructedCmd `cmd:"" help:"dataset_instructed"`
	Samples    datasetSamplesCmd    `cmd:"" help:"dataset_samples"`
	Aside      datasetAsideCmd      `cmd:"" help:"dataset_aside"`
	Remove     datasetRemoveCmd     `cmd:"" help:"dataset_remove"`
	Build      datasetBuildCmd      `cmd:"" help:"dataset_build"`
	List       datasetListCmd       `cmd:"" help:"dataset_list"`
	Show       datasetShowCmd       `cmd:"" help:"dataset_show"`
	Rows       datasetRowsCmd       `cmd:"" help:"dataset_rows"`
	Diff       datasetDiffCmd       `cmd:"" help:"dataset_diff"`
	Export     datasetExportCmd     `cmd:"" help:"dataset_export"`
	Label      datasetLabelCmd      `cmd:"" help:"dataset_label"`
	Lineage    datasetLineageCmd    `cmd:"" help:"dataset_lineage"`
	Nearest    datasetNearestCmd    `cmd:"" help:"dataset_nearest"`
}

func (datasetVerbs) Help() string {
	return "  $ wenyuan dataset import alpaca.jsonl --licence Apache-2.0\n  $ wenyuan dataset build support --source alpaca.jsonl\n  $ wenyuan dataset show support\n  $ wenyuan dataset export support --format trl --out ./data"
}

// A workLine is one line of the server's answer to long work.
type workLine struct {
	Step   *dataset.Progress `json:"step"`
	Report json.RawMessage   `json:"report"`
	Error  *problem          `json:"error"`
}

// work sends a request for long work, shows how far it is, and gives its report.
func (s *session) work(c *client, path, contentType string, body io.Reader, into any) error {
	bars := s.progress()
	defer bars.end()
	resp, err := c.do(s.ctx, http.MethodPost, path, contentType, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := json.NewDecoder(io.LimitReader(resp.Body, maxReply))
	for {
		var l workLine
		if err := lines.Decode(&l); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return c.broken(s.ctx, err)
		}
		switch {
		case l.Error != nil:
			return &wenyuan.Error{Code: l.Error.Code, Message: l.Error.Message, Hint: l.Error.Hint}
		case l.Report != nil:
			return json.Unmarshal(l.Report, into)
		case l.Step != nil:
			bars.step(s.stage(l.Step.Stage), l.Step.Done, max(l.Step.Of, l.Step.Done))
		}
	}
}

// stage is a step of long work in the reader's language.
func (s *session) stage(name string) string {
	return s.say(name, map[string]string{"check": "检查", "import": "导入", "screen": "筛查", "read": "读取", "write": "写入", "index": "索引", "capture": "采集"}[name])
}

type datasetImportCmd struct {
	File    string   `arg:"" help:"dataset_file" type:"existingfile"`
	Name    string   `help:"dataset_import_name" placeholder:"NAME"`
	Format  string   `help:"dataset_format_in" enum:"wenyuan,openai,openai-preference,trl,alpaca,sharegpt,qa," default:""`
	Pass    []string `help:"dataset_pass" placeholder:"FIELD"`
	Licence string   `help:"dataset_licence_in" placeholder:"NAME"`
	Teacher string   `help:"dataset_teacher" placeholder:"MODEL"`
	Broken  bool     `help:"dataset_broken"`
}

func (datasetImportCmd) Help() string {
	return "  $ wenyuan dataset import alpaca.jsonl --licence Apache-2.0\n  $ wenyuan dataset import pairs.json --format sharegpt --pass id"
}

// Run takes a file in. Where nothing was taken in because rows are broken, the exit code is 1.
func (v *datasetImportCmd) Run(s *session) error {
	file, err := os.Open(v.File)
	if err != nil {
		return err
	}
	defer file.Close()
	name := v.Name
	if name == "" {
		name = filepath.Base(v.File)
	}
	q := url.Values{"name": {name}, "pass": v.Pass}
	for key, value := range map[string]string{"format": v.Format, "licence": v.Licence, "teacher": v.Teacher} {
		if value != "" {
			q.Set(key, value)
		}
	}
	if v.Broken {
		q.Set("broken", "true")
	}
	var out dataset.Imported
	err = s.with(func(c *client) error {
		return s.work(c, "/api/samples/import?"+q.Encode(), "application/x-ndjson", file, &out)
	})
	if err != nil {
		return err
	}
	if err := s.give(out, func(w io.Writer) { s.imported(w, v.File, out) }); err != nil {
		return err
	}
	if out.Broken > 0 && !v.Broken {
		return errSilent
	}
	return nil
}

func (s *session) imported(w io.Writer, file string, out dataset.Imported) {
	for _, f := range out.Faults {
		fmt.Fprintf(w, "%s:%d: %s\n", file, f.Line, s.tell(f.Why))
	}
	for _, o := range out.Opposites {
		fmt.Fprintf(w, "%s:%d: %s\n", file, o[1], s.say("says the opposite of line %d", "与第 %d 行相互矛盾", o[0]))
	}
	fmt.Fprintln(w, s.say("%s: %d rows of the format %s, %d are new, %d broken, %d pairs that contradict each other", "%s：%d 行，格式 %s，新增 %d 行，损坏 %d 行，相互矛盾 %d 对",
		out.Name, out.Rows, out.Format, out.Added, out.Broken, out.Opposite))
	if out.Broken > 0 && out.Added == 0 {
		fmt.Fprintln(w, s.say("nothing was taken in: mend the file, or give --broken to leave these rows out", "没有导入任何行：请修正文件，或用 --broken 跳过这些行"))
	}
}

type datasetCaptureCmd struct{}

func (datasetCaptureCmd) Help() string {
	return "  $ wenyuan space set main --learn\n  $ wenyuan dataset capture"
}

// Run makes samples of what was asked since the last time.
func (v *datasetCaptureCmd) Run(s *session) error {
	var out dataset.Captured
	err := s.with(func(c *client) error { return s.work(c, "/api/samples/capture", "", nil, &out) })
	if err != nil {
		return err
	}
	return s.give(out, func(w io.Writer) {
		fmt.Fprintln(w, s.say("samples made: %d, of answers: %d, of opinions: %d", "得到样本 %d 个，来自回答 %d 个、意见 %d 条", out.Samples, out.Traces, out.Feedback))
		for _, why := range sortedKeys(out.Passed) {
			fmt.Fprintln(w, s.say("  passed over, %s: %d", "  略过（%s）：%d", s.left(why), out.Passed[why]))
		}
	})
}

type datasetSamplesCmd struct {
	ID       string   `arg:"" optional:"" help:"dataset_sample_id"`
	Origin   []string `help:"dataset_origin" placeholder:"ORIGIN"`
	Kind     []string `help:"dataset_kind" placeholder:"KIND"`
	Source   []string `help:"dataset_source" placeholder:"NAME"`
	Corpus   []string `help:"dataset_corpus" placeholder:"NAME"`
	Language []string `help:"dataset_language" placeholder:"LANG"`
	State    string   `help:"dataset_state" enum:"ready,aside,erased," default:""`
	After    string   `help:"dataset_after" placeholder:"ID"`
	Limit    int      `help:"dataset_limit" default:"50"`
}

func (datasetSamplesCmd) Help() string {
	return "  $ wenyuan dataset samples --origin feedback\n  $ wenyuan dataset samples --state aside\n  $ wenyuan dataset samples smp_06c5h2k1m4"
}

// Run lists samples, or shows one.
func (v *datasetSamplesCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		if v.ID != "" {
			return result(s, c, http.MethodGet, "/api/samples/"+url.PathEscape(v.ID), nil, s.sample)
		}
		q := url.Values{"origin": v.Origin, "kind": v.Kind, "source": v.Source, "corpus": v.Corpus, "language": v.Language, "limit": {strconv.Itoa(v.Limit)}}
		for key, value := range map[string]string{"state": v.State, "after": v.After} {
			if value != "" {
				q.Set(key, value)
			}
		}
		return result(s, c, http.MethodGet, "/api/samples?"+q.Encode(), nil, func(w io.Writer, p dataset.SamplePage) {
			var t table
			for _, x := range p.Samples {
				said := ""
				if n := len(x.Row.Messages); n > 0 {
					said = x.Row.Messages[n-1].Content
				}
				t.row(x.ID, moment(x.Created), x.Origin, x.Row.Kind, x.Language, s.sampleState(x), oneLine(said, 60))
			}
			t.write(w)
			if p.Next != "" {
				fmt.Fprintln(w, s.say("go on with --after %s", "用 --after %s 继续", p.Next))
			}
		})
	})
}

func (s *session) sampleState(x dataset.Sample) string {
	switch x.State {
	case dataset.Aside:
		var kinds []string
		for _, r := range x.Why {
			kinds = append(kinds, r.Kind)
		}
		return s.say("aside", "搁置") + " " + strings.Join(kinds, ",")
	case dataset.Erased:
		return s.say("erased", "已清除")
	}
	return s.say("ready", "就绪")
}

// sample shows one with what it was made from.
func (s *session) sample(w io.Writer, x dataset.Sample) {
	fmt.Fprintf(w, "%s  %s  %s  %s  %s  %s\n", x.ID, moment(x.Created), x.Origin, x.Row.Kind, x.Language, s.sampleState(x))
	var t table
	for _, p := range []struct{ en, zh, value string }{
		{"answer", "回答", x.Trace}, {"conversation", "对话", x.Conversation}, {"assistant", "助手", x.Assistant}, {"source", "来源", x.Source}, {"licence", "许可", x.Licence}, {"written by", "由模型生成", x.Teacher},
	} {
		if p.value != "" {
			t.row("  "+s.say(p.en, p.zh), p.value)
		}
	}
	for _, d := range x.Documents {
		t.row("  "+s.say("document", "文档"), d.ID)
	}
	for _, v := range x.Versions {
		t.row("  "+v.Kind, fmt.Sprintf("%s %.12s", v.Name, v.Hash))
	}
	for _, r := range x.Why {
		t.row("  "+s.say("aside", "搁置"), r.Kind+" "+s.tell(r.Note))
	}
	t.write(w)
	s.row(w, dataset.Row{Row: x.Row})
}

// row shows the messages of a row.
func (s *session) row(w io.Writer, r dataset.Row) {
	for _, m := range r.Messages {
		fmt.Fprintf(w, "\n%s: %s%s\n", m.Role, m.Content, m.Calls)
	}
	for _, m := range r.Chosen {
		fmt.Fprintf(w, "\n+ %s: %s%s\n", m.Role, m.Content, m.Calls)
	}
	for _, m := range r.Rejected {
		fmt.Fprintf(w, "\n- %s: %s%s\n", m.Role, m.Content, m.Calls)
	}
	if r.Good != nil {
		fmt.Fprintln(w, "\n"+map[bool]string{true: s.say("good", "好"), false: s.say("bad", "不好")}[*r.Good])
	}
}

type datasetAsideCmd struct {
	Samples []string `arg:"" help:"dataset_sample_ids"`
	Back    bool     `help:"dataset_back"`
	Note    string   `help:"dataset_note" placeholder:"TEXT"`
}

func (datasetAsideCmd) Help() string {
	return "  $ wenyuan dataset aside smp_06c5h2k1m4 --note \"an advertisement\"\n  $ wenyuan dataset aside smp_06c5h2k1m4 --back"
}

// Run sets samples aside, or puts them back.
func (v *datasetAsideCmd) Run(s *session) error {
	body := map[string]any{"samples": v.Samples, "back": v.Back, "note": v.Note}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/samples/aside", body, func(w io.Writer, out struct{ Changed int }) {
			fmt.Fprintln(w, s.say("%d samples changed", "改动了 %d 个样本", out.Changed))
		})
	})
}

type datasetRemoveCmd struct {
	Samples []string `arg:"" help:"dataset_sample_ids"`
}

func (datasetRemoveCmd) Help() string { return "  $ wenyuan dataset remove smp_06c5h2k1m4" }

// Run erases samples.
func (v *datasetRemoveCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, "/api/samples/remove", map[string]any{"samples": v.Samples}, s.holders)
	})
}

// holders shows what holds samples.
func (s *session) holders(w io.Writer, h dataset.Holders) {
	fmt.Fprintln(w, s.count(h.Samples, "sample", "samples", "个样本"))
	for _, v := range h.Sets {
		fmt.Fprintln(w, s.say("  in the data set %s %.12s", "  在数据集 %s %.12s 中", v.Name, v.Hash))
	}
	for _, v := range h.Adapters {
		fmt.Fprintln(w, s.say("  learned by the adapter %s %.12s", "  适配器 %s %.12s 学习过", v.Name, v.Hash))
	}
}

type datasetBuildCmd struct {
	Name      string   `arg:"" optional:"" help:"dataset_name"`
	Recipe    string   `help:"dataset_recipe" placeholder:"FILE" type:"existingfile"`
	Origin    []string `help:"dataset_origin" placeholder:"ORIGIN"`
	Kind      []string `help:"dataset_kind" placeholder:"KIND"`
	Source    []string `help:"dataset_source" placeholder:"NAME"`
	Corpus    []string `help:"dataset_corpus" placeholder:"NAME"`
	Assistant []string `help:"dataset_assistant" placeholder:"NAME"`
	Language  []string `help:"dataset_language" placeholder:"LANG"`
	Quality   float64  `help:"dataset_quality" placeholder:"SHARE"`
	Licences  []string `help:"dataset_licences" placeholder:"NAME"`
	Licence   string   `help:"dataset_licence_out" placeholder:"NAME"`
	Consent   string   `help:"dataset_consent" placeholder:"TEXT"`
	Synthetic float64  `name:"max-synthetic" help:"dataset_synthetic" placeholder:"SHARE"`
	Near      bool     `name:"drop-near" help:"dataset_near"`
	Gate      []string `help:"dataset_gate" placeholder:"NAME"`
	Parent    []string `help:"dataset_parent" placeholder:"NAME"`
	Split     string   `help:"dataset_shares" placeholder:"TRAIN,VALID,TEST"`
	Seed      int64    `help:"dataset_seed"`
}

func (datasetBuildCmd) Help() string {
	return "  $ wenyuan dataset build support --origin trace --origin feedback --corpus handbook --gate exam\n  $ wenyuan dataset build general --source alpaca.jsonl --licences Apache-2.0 --split 0.9,0.05,0.05\n  $ wenyuan dataset build --recipe recipe.yaml"
}

// Run makes a set.
func (v *datasetBuildCmd) Run(s *session) error {
	recipe, err := v.recipe()
	if err != nil {
		return err
	}
	body, err := json.Marshal(recipe)
	if err != nil {
		return err
	}
	var out dataset.Report
	err = s.with(func(c *client) error {
		return s.work(c, "/api/datasets", "application/json", bytes.NewReader(body), &out)
	})
	if err != nil {
		return err
	}
	return s.give(out, func(w io.Writer) {
		if out.Known {
			fmt.Fprintln(w, s.say("nothing is new: this version was there before", "没有变化：这个版本已经存在"))
		}
		s.set(w, dataset.Found{Version: out.Dataset, Set: out.Set, Left: out.Left, Gates: out.Gates})
	})
}

// recipe is what the file and the flags say; flags go before.
func (v *datasetBuildCmd) recipe() (r dataset.Recipe, err error) {
	if v.Recipe != "" {
		raw, err := os.ReadFile(v.Recipe)
		if err == nil {
			err = strict.Decode(raw, &r)
		}
		if err != nil {
			return r, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the recipe %s cannot be read: %v", v.Recipe, err), Hint: "write it as YAML or JSON", Err: err}
		}
	}
	for _, x := range []struct {
		from []string
		into *[]string
	}{
		{v.Origin, &r.From.Origins}, {v.Kind, &r.From.Kinds}, {v.Source, &r.From.Sources}, {v.Corpus, &r.From.Corpora}, {v.Assistant, &r.From.Assistants}, {v.Language, &r.From.Languages},
		{v.Licences, &r.Licences}, {v.Gate, &r.Gates}, {v.Parent, &r.Parents},
	} {
		if len(x.from) > 0 {
			*x.into = x.from
		}
	}
	for from, into := range map[string]*string{v.Name: &r.Name} {
		if from != "" {
			*into = from
		}
	}
	if v.Licence != "" {
		r.Licence = v.Licence
	}
	if v.Consent != "" {
		r.Consent = v.Consent
	}
	if v.Quality != 0 {
		r.From.Quality = v.Quality
	}
	if v.Synthetic != 0 {
		r.Synthetic = v.Synthetic
	}
	if v.Near {
		r.Near = dataset.Drop
	}
	if v.Seed != 0 {
		r.Split.Seed = v.Seed
	}
	if v.Split != "" {
		seed := r.Split.Seed
		if _, err := fmt.Sscanf(v.Split, "%g,%g,%g", &r.Split.Train, &r.Split.Valid, &r.Split.Test); err != nil {
			return r, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q are no shares of splits", v.Split), Hint: "give three numbers: --split 0.8,0.1,0.1"}
		}
		r.Split.Seed = seed
	}
	return r, nil
}

// set shows a version of a set.
func (s *session) set(w io.Writer, f dataset.Found) {
	fmt.Fprintf(w, "%s  %.12s  %s  %s\n", f.Name, f.Hash, s.count(f.Set.Rows, "row", "rows", "行"), strings.Join(f.Labels, " "))
	var t table
	for _, c := range []struct {
		en, zh string
		of     map[string]int
	}{{"split", "划分", f.Set.Counts.Split}, {"kind", "类型", f.Set.Counts.Kind}, {"language", "语言", f.Set.Counts.Language}, {"origin", "出处", f.Set.Counts.Origin}, {"licence", "许可", f.Set.Counts.Licence}} {
		var parts []string
		for _, key := range sortedKeys(c.of) {
			name := key
			if name == "" {
				name = s.say("none", "无")
			}
			parts = append(parts, fmt.Sprintf("%s %d", name, c.of[key]))
		}
		t.row("  "+s.say(c.en, c.zh), strings.Join(parts, s.say(", ", "，")))
	}
	if f.Set.Counts.Written > 0 {
		t.row("  "+s.say("written by models", "由模型生成"), s.say("%d, %.0f %% of the rows; at most %.0f %%", "%d 行，占 %.0f %%；上限 %.0f %%", f.Set.Counts.Written, 100*float64(f.Set.Counts.Written)/float64(max(1, f.Set.Rows)), 100*f.Set.Recipe.Synthetic))
	}
	for _, p := range []struct{ en, zh, value string }{{"licence of the set", "数据集的许可", f.Set.Licence}, {"consent", "依据", f.Set.Consent}} {
		if p.value != "" {
			t.row("  "+s.say(p.en, p.zh), p.value)
		}
	}
	for _, l := range f.Left {
		t.row("  "+s.say("left out", "未收入"), s.left(l.Why)+" "+l.Note, strconv.Itoa(l.Count))
	}
	for _, g := range f.Gates {
		t.row("  "+s.say("gate", "准入集"), g.Name, s.say("%d items: %d rows held their words, %d were alike", "%d 题：%d 行含有原文，%d 行相近", g.Items, g.Rows, g.Near))
	}
	t.write(w)
	if f.Erased > 0 {
		fmt.Fprintln(w, s.say("  %d rows were erased since", "  此后有 %d 行被清除", f.Erased))
	}
}

// left is why something was left out, in the reader's language.
func (s *session) left(why string) string {
	return s.say(why, map[string]string{"duplicate": "重复", "near": "近似重复", "screened": "风险筛查", "contradiction": "相互矛盾", "licence": "许可不符", "synthetic": "超出合成上限", "contaminated": "与准入集重叠", "hidden": "你无权查看",
		"refused": "拒答", "withdrawn": "文档已移除", "empty": "没有内容", "disliked": "被评为不好"}[why])
}

type datasetList struct {
	Datasets []dataset.Found `json:"datasets"`
}

type datasetListCmd struct {
	Name string `arg:"" optional:"" help:"dataset_list_name"`
}

func (datasetListCmd) Help() string {
	return "  $ wenyuan dataset list\n  $ wenyuan dataset list support"
}

// Run lists the sets, or the versions of one.
func (v *datasetListCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		if v.Name != "" {
			type history struct {
				Versions []struct {
					Hash    string
					Created int64
				}
			}
			return result(s, c, http.MethodGet, datasetPath(v.Name)+"/versions", nil, func(w io.Writer, h history) {
				var t table
				for _, k := range h.Versions {
					t.row(fmt.Sprintf("%.12s", k.Hash), moment(k.Created))
				}
				t.write(w)
			})
		}
		return result(s, c, http.MethodGet, "/api/datasets", nil, func(w io.Writer, l datasetList) {
			var t table
			for _, f := range l.Datasets {
				t.row(f.Name, fmt.Sprintf("%.12s", f.Hash), s.count(f.Set.Rows, "row", "rows", "行"), moment(f.Created))
			}
			t.write(w)
			fmt.Fprintln(w, s.count(len(l.Datasets), "data set", "data sets", "个数据集"))
		})
	})
}

func datasetPath(name string) string { return "/api/datasets/" + url.PathEscape(name) }

type datasetShowCmd struct {
	Name string `arg:"" help:"dataset_which"`
}

func (datasetShowCmd) Help() string {
	return "  $ wenyuan dataset show support\n  $ wenyuan dataset show 3f9ac2d1"
}

// Run shows a version.
func (v *datasetShowCmd) Run(s *session) error {
	return s.with(func(c *client) error { return result(s, c, http.MethodGet, datasetPath(v.Name), nil, s.set) })
}

type datasetRowsCmd struct {
	Name  string `arg:"" help:"dataset_which"`
	Split string `help:"dataset_split" enum:"train,valid,test," default:""`
	From  int    `help:"dataset_from"`
	Limit int    `help:"dataset_limit" default:"10"`
}

func (datasetRowsCmd) Help() string { return "  $ wenyuan dataset rows support --split test --limit 3" }

// Run shows rows.
func (v *datasetRowsCmd) Run(s *session) error {
	type list struct{ Rows []dataset.Row }
	path := address(datasetPath(v.Name)+"/rows", "split", v.Split, "from", strconv.Itoa(v.From), "limit", strconv.Itoa(v.Limit))
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, path, nil, func(w io.Writer, l list) {
			for _, r := range l.Rows {
				fmt.Fprintf(w, "─ %d  %s  %s\n", r.Number, r.Split, r.Sample)
				s.row(w, r)
			}
		})
	})
}

type datasetDiffCmd struct {
	From string `arg:"" help:"dataset_which"`
	To   string `arg:"" help:"dataset_which"`
}

func (datasetDiffCmd) Help() string { return "  $ wenyuan dataset diff 3f9ac2d1 support" }

// Run compares two versions.
func (v *datasetDiffCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, address(datasetPath(v.From)+"/diff", "to", v.To), nil, func(w io.Writer, d dataset.Diff) {
			fmt.Fprintf(w, "%s %.12s → %s %.12s\n", d.From.Name, d.From.Hash, d.To.Name, d.To.Hash)
			fmt.Fprintln(w, s.say("  %d rows added, %d removed, %d the same, of these %d in another split", "  新增 %d 行，移除 %d 行，相同 %d 行，其中 %d 行换了划分", d.Added, d.Removed, d.Same, d.Moved))
			for _, id := range d.New {
				fmt.Fprintln(w, "  + "+id)
			}
			for _, id := range d.Gone {
				fmt.Fprintln(w, "  - "+id)
			}
		})
	})
}

type datasetExportCmd struct {
	Name   string `arg:"" help:"dataset_which"`
	Format string `help:"dataset_format_out" enum:"wenyuan,openai,openai-preference,trl,alpaca,sharegpt,qa" default:"wenyuan"`
	Split  string `help:"dataset_split" enum:"train,valid,test," default:""`
	Out    string `help:"dataset_out" placeholder:"FOLDER"`
}

func (datasetExportCmd) Help() string {
	return "  $ wenyuan dataset export support --format trl --out ./data\n  $ wenyuan dataset export support --split test > test.jsonl"
}

// Run writes the rows: to standard output, or each split into a file of a folder.
func (v *datasetExportCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		if v.Out == "" {
			_, err := s.export(c, v.Name, v.Split, v.Format, s.stdout)
			return err
		}
		if err := os.MkdirAll(v.Out, 0o755); err != nil {
			return err
		}
		splits := dataset.Splits()
		if v.Split != "" {
			splits = []string{v.Split}
		}
		for _, split := range splits {
			if err := v.file(s, c, split); err != nil {
				return err
			}
		}
		return nil
	})
}

// file writes one split, so that half of one never stands under its name.
func (v *datasetExportCmd) file(s *session, c *client, split string) error {
	path := filepath.Join(v.Out, split+".jsonl")
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	hidden, err := s.export(c, v.Name, split, v.Format, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".part"))
	}
	if err := os.Rename(path+".part", path); err != nil {
		return err
	}
	s.print("%s", "%s", path)
	if hidden != "" && hidden != "0" {
		fmt.Fprintln(s.stderr, s.say("▲ %s rows are missing: they were erased, or you may not see them", "▲ 缺少 %s 行：已被清除，或你无权查看", hidden))
	}
	return nil
}

// export copies the rows of a split, and says how many are missing.
func (s *session) export(c *client, name, split, format string, w io.Writer) (hidden string, err error) {
	resp, err := c.do(s.ctx, http.MethodGet, address(datasetPath(name)+"/export", "split", split, "format", format), "", nil)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return "", c.broken(s.ctx, err)
	}
	return resp.Trailer.Get("X-Wenyuan-Hidden"), nil
}

type datasetLabelCmd struct {
	Name    string `arg:"" help:"dataset_name"`
	Label   string `arg:"" help:"dataset_label_name"`
	Version string `arg:"" optional:"" help:"dataset_label_version"`
	Remove  bool   `help:"dataset_label_remove"`
}

func (datasetLabelCmd) Help() string {
	return "  $ wenyuan dataset label exam gate\n  $ wenyuan dataset label exam gate --remove"
}

// Run moves a label, or takes it away.
func (v *datasetLabelCmd) Run(s *session) error {
	path := datasetPath(v.Name) + "/labels/" + url.PathEscape(v.Label)
	return s.with(func(c *client) error {
		if v.Remove {
			return result(s, c, http.MethodDelete, path, nil, func(io.Writer, struct{}) {})
		}
		which := v.Version
		if which == "" {
			which = v.Name
		}
		return result(s, c, http.MethodPut, path, map[string]string{"version": which}, s.set)
	})
}

type datasetLineageCmd struct {
	Name         string `arg:"" optional:"" help:"dataset_lineage_of"`
	Document     string `help:"dataset_from_document" placeholder:"ID"`
	Person       string `help:"dataset_from_person" placeholder:"ID"`
	Conversation string `help:"dataset_from_conversation" placeholder:"ID"`
	Sample       string `help:"dataset_from_sample" placeholder:"ID"`
}

func (datasetLineageCmd) Help() string {
	return "  $ wenyuan dataset lineage support\n  $ wenyuan dataset lineage --document doc_01j8\n  $ wenyuan dataset lineage --person me"
}

// Run shows from what a set or an adapter comes, or what came from something.
func (v *datasetLineageCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		if v.Name == "" {
			path := address("/api/samples/holders", "document", v.Document, "person", v.Person, "conversation", v.Conversation, "sample", v.Sample)
			return result(s, c, http.MethodGet, path, nil, s.holders)
		}
		return result(s, c, http.MethodGet, datasetPath(v.Name)+"/lineage", nil, s.lineage)
	})
}

func (s *session) lineage(w io.Writer, l dataset.Lineage) {
	fmt.Fprintf(w, "%s %s %.12s  %s\n", l.Of.Kind, l.Of.Name, l.Of.Hash, s.count(l.Rows, "row", "rows", "行"))
	var t table
	if l.Of.Kind == dataset.Adapter {
		for _, v := range l.Sets {
			t.row("  "+s.say("learned", "学习自"), v.Name, fmt.Sprintf("%.12s", v.Hash))
		}
	}
	for _, v := range l.Parents {
		t.row("  "+s.say("made from", "由来"), v.Kind+" "+v.Name, fmt.Sprintf("%.12s", v.Hash))
	}
	for _, a := range l.Sources {
		t.row("  "+s.say("rows", "行"), strings.TrimSpace(a.Origin+" "+a.Source), a.Licence, strconv.Itoa(a.Rows))
	}
	for _, d := range l.Documents {
		t.row("  "+s.say("document", "文档"), d.Source, d.Document, strconv.Itoa(d.Rows))
	}
	for _, v := range l.Versions {
		t.row("  "+s.say("made by", "由其生成"), v.Kind+" "+v.Name, fmt.Sprintf("%.12s", v.Hash))
	}
	t.write(w)
	fmt.Fprintln(w, s.say("  %d conversations, %d documents that you do not see, %d rows erased since", "  %d 个对话，%d 个你看不到的文档，此后清除 %d 行", l.Conversations, l.Hidden, l.Erased))
}

type datasetNearestCmd struct {
	Name     string `arg:"" optional:"" help:"dataset_which"`
	Text     string `arg:"" optional:"" help:"dataset_text"`
	Answer   string `help:"dataset_answer" placeholder:"ID"`
	Sentence int    `help:"dataset_sentence" placeholder:"N"`
	Most     int    `help:"dataset_most" default:"5"`
}

func (datasetNearestCmd) Help() string {
	return "  $ wenyuan dataset nearest support \"The pump has to be primed.\"\n  $ wenyuan dataset nearest --answer trc_01j8 --sentence 2"
}

// Validate wants a set with a text, or a sentence of an answer.
func (v *datasetNearestCmd) Validate() error {
	if (v.Answer == "") != (v.Sentence == 0) || (v.Answer == "") == (v.Text == "") || v.Answer != "" && v.Name != "" {
		return errors.New("give a set and a text, or --answer and --sentence")
	}
	return nil
}

// nearRows shows rows that are like a text.
func (s *session) nearRows(w io.Writer, n dataset.Nearby) {
	for _, r := range n.Rows {
		fmt.Fprintf(w, "─ %3.0f %%  %s  %s  %s\n", 100*r.Share, r.Sample, strings.TrimSpace(r.Origin+" "+r.Source), r.Licence)
		s.row(w, r.Row)
	}
	fmt.Fprintln(w, s.say("%d rows were looked at", "查看了 %d 行", n.Looked))
}

// Run shows the rows that are most like a sentence.
func (v *datasetNearestCmd) Run(s *session) error {
	body := map[string]any{"text": v.Text, "most": v.Most}
	return s.with(func(c *client) error {
		if v.Answer != "" {
			path := fmt.Sprintf("/api/traces/%s/sentences/%d/learned", url.PathEscape(v.Answer), v.Sentence)
			return result(s, c, http.MethodGet, address(path, "most", strconv.Itoa(v.Most)), nil, func(w io.Writer, l train.Learned) {
				fmt.Fprintln(w, s.say("“%s”, by %s on the adapter %s@%.12s", "“%s”，撰写：%s，适配器 %s@%.12s", l.Sentence.Text, l.Model.Name, l.Adapter.Name, l.Adapter.Hash))
				s.nearRows(w, l.Nearby)
			})
		}
		return result(s, c, http.MethodPost, datasetPath(v.Name)+"/nearest", body, s.nearRows)
	})
}
