package server

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"time"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/version"
)

func datasetRoutes() []route {
	reads := []scope.Right{scope.Edit, scope.Review, scope.Own}
	return []route{
		{"GET", "/api/datasets", "List the data sets of the space, each with its newest version", reply(datasets).needs(reads...)},
		{"POST", "/api/datasets", "Make a data set of samples, by a recipe; one JSON value a line, the last one the report", streamed[dataset.Recipe, nothing](buildDataset, jsonLines).asLong().needs(scope.Edit)},
		{"GET", "/api/datasets/{name}", "Show a version of a data set: by its name, name@label or the beginning of its hash", reply(oneDataset).needs(reads...)},
		{"GET", "/api/datasets/{name}/versions", "What a data set was", reply(datasetVersions).needs(reads...)},
		{"GET", "/api/datasets/{name}/rows", "The rows of a data set that you may see, in their order", reply(datasetRows).needs(reads...)},
		{"GET", "/api/datasets/{name}/export", "The rows of a data set in a format that others read", streamed[exportRequest, nothing](exportDataset, jsonLines).asLong().needs(reads...)},
		{"GET", "/api/datasets/{name}/diff", "How two versions of data sets differ", reply(diffDatasets).needs(reads...)},
		{"GET", "/api/datasets/{name}/lineage", "From which conversations, documents and files a data set comes, or an adapter by its hash", reply(datasetLineage).needs(reads...)},
		{"POST", "/api/datasets/{name}/nearest", "The training rows that are most like a sentence, with their source and licence", reply(nearestRows).needs(reads...)},
		{"PUT", "/api/datasets/{name}/labels/{label}", "Move a label of a data set; gate keeps its rows out of all other sets", reply(labelDataset).needs(scope.Edit)},
		{"DELETE", "/api/datasets/{name}/labels/{label}", "Take a label of a data set away", reply(unlabelDataset).needs(scope.Edit)},
		{"GET", "/api/samples", "List the samples that you may see, oldest first", reply(samples).needs(reads...)},
		{"GET", "/api/samples/holders", "Which data sets hold what came from a document, a person, a conversation or a sample, and which adapters learned from them", reply(sampleHolders).needs(reads...)},
		{"GET", "/api/samples/{id}", "Show a sample with what it was made from", reply(oneSample).needs(reads...)},
		{"POST", "/api/samples/import", "Take in a file of rows, sent as the body; one JSON value a line, the last one the report", importRows().asLong().needs(scope.Edit)},
		{"POST", "/api/samples/capture", "Make samples of what was asked since the last time, where the space allows it; one JSON value a line, the last one the report", streamed[nothing, nothing](captureSamples, jsonLines).asLong().needs(scope.Review)},
		{"POST", "/api/samples/mine", "Make pairs of a better and a worse answer from what people did with answers; one JSON value a line, the last one the report", streamed[mineRequest, nothing](mineSamples, jsonLines).asLong().needs(scope.Review)},
		{"POST", "/api/samples/aside", "Set samples aside, so that no set is made of them, or put them back", reply(setAside).needs(scope.Review)},
		{"POST", "/api/samples/remove", "Erase samples; it says which data sets and adapters hold them", reply(removeSamples).needs(scope.Review)},
	}
}

// A workLine is one line of the answer to long work on samples. Each holds one of these.
type workLine struct {
	Step   *dataset.Progress `json:"step,omitempty"`
	Report any               `json:"report,omitempty"`
	Error  *problem          `json:"error,omitempty"`
}

// working writes how far long work is while it goes on, and how it ended.
func (s *Server) working(w http.ResponseWriter, r *request, work func(told func(dataset.Progress) error) (any, error)) error {
	lines := json.NewEncoder(flushing(w))
	lines.SetEscapeHTML(false)
	begun, last := false, time.Time{}
	head := func() {
		if !begun {
			w.Header().Set("Content-Type", jsonLines+"; charset=utf-8")
			begun = true
		}
	}
	report, err := work(func(p dataset.Progress) error {
		if err := r.Context().Err(); err != nil || time.Since(last) < time.Second/4 {
			return err
		}
		last = time.Now()
		head()
		return lines.Encode(workLine{Step: &p})
	})
	if err == nil {
		head()
		return lines.Encode(workLine{Report: report})
	}
	if err = withdrawn(r.Context(), err); !begun {
		return err
	}
	p, status := explain(err, r.id)
	s.logFailure(r, status, err)
	p = p.told(r)
	return lines.Encode(workLine{Error: &p})
}

type datasetList struct {
	Datasets []dataset.Found `json:"datasets"`
}

func datasets(s *Server, r *request, _ nothing) (datasetList, error) {
	list, err := s.Sets.List(r.Context(), r.scope)
	return datasetList{list}, err
}

func buildDataset(s *Server, w http.ResponseWriter, r *request, in dataset.Recipe) error {
	return s.working(w, r, func(told func(dataset.Progress) error) (any, error) {
		return s.Sets.Build(r.Context(), r.scope, r.who, in, told)
	})
}

type datasetRequest struct {
	Name string `path:"name" doc:"name, name@label, or the beginning of a hash"`
}

func oneDataset(s *Server, r *request, in datasetRequest) (dataset.Found, error) {
	return s.Sets.Get(r.Context(), r.scope, in.Name)
}

type datasetHistory struct {
	Versions []version.Kept `json:"versions" doc:"newest first"`
}

func datasetVersions(s *Server, r *request, in datasetRequest) (datasetHistory, error) {
	list, err := s.Sets.History(r.Context(), r.scope, in.Name)
	return datasetHistory{list}, err
}

type rowsRequest struct {
	Name  string `path:"name" doc:"name, name@label, or the beginning of a hash"`
	Split string `query:"split" enum:"train,valid,test" doc:"without it all"`
	From  int    `query:"from" doc:"number of the first row"`
	Limit int    `query:"limit" doc:"up to 200" default:"50"`
}

type rowList struct {
	Rows []dataset.Row `json:"rows"`
	Next *int          `json:"next,omitempty" doc:"the number to go on from; absent at the end"`
}

func datasetRows(s *Server, r *request, in rowsRequest) (rowList, error) {
	out := rowList{Rows: []dataset.Row{}}
	if in.Limit <= 0 {
		in.Limit = 50
	}
	for row, err := range s.Sets.RowsFrom(r.Context(), r.scope, r.who, in.Name, in.Split, in.From) {
		if err != nil {
			return out, err
		}
		if len(out.Rows) == min(in.Limit, dataset.MaxSamples) {
			out.Next = &row.Number
			break
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

type exportRequest struct {
	Name   string `path:"name" doc:"name, name@label, or the beginning of a hash"`
	Split  string `query:"split" enum:"train,valid,test" doc:"without it all"`
	Format string `query:"format" enum:"wenyuan,openai,openai-preference,trl,alpaca,sharegpt,qa" default:"wenyuan"`
}

// headHidden says how many rows were left out of an export that the asker may not see, or that were erased.
const headHidden = "X-Wenyuan-Hidden"

func exportDataset(s *Server, w http.ResponseWriter, r *request, in exportRequest) error {
	if in.Format == "" {
		in.Format = string(form.Own)
	}
	begun := false
	w.Header().Set("Trailer", headHidden)
	done, err := s.Sets.Export(r.Context(), r.scope, r.who, in.Name, in.Split, form.Format(in.Format), func(f dataset.Found) (io.Writer, error) {
		w.Header().Set("Content-Type", jsonLines+"; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+f.Name+`.jsonl"`)
		begun = true
		return w, nil
	})
	if err != nil && begun {
		panic(http.ErrAbortHandler) // half a file must not look like a whole one
	}
	if err != nil {
		w.Header().Del("Trailer")
		return err
	}
	w.Header().Set(headHidden, strconv.Itoa(done.Hidden))
	return nil
}

type diffRequest struct {
	Name string `path:"name" doc:"the version before"`
	To   string `query:"to" doc:"the version behind"`
}

func diffDatasets(s *Server, r *request, in diffRequest) (dataset.Diff, error) {
	return s.Sets.Diff(r.Context(), r.scope, in.Name, in.To)
}

func datasetLineage(s *Server, r *request, in datasetRequest) (dataset.Lineage, error) {
	return s.Sets.Lineage(r.Context(), r.scope, r.who, in.Name)
}

type nearestRequest struct {
	Name string `json:"-" path:"name" doc:"name, name@label, or the beginning of a hash"`
	Text string `json:"text" doc:"a sentence; up to 4,000 bytes"`
	Most int    `json:"most,omitempty" doc:"up to 20" default:"20"`
}

func nearestRows(s *Server, r *request, in nearestRequest) (dataset.Nearby, error) {
	return s.Sets.Nearest(r.Context(), r.scope, r.who, in.Name, in.Text, in.Most)
}

type labelRequest struct {
	Name    string `json:"-" path:"name"`
	Label   string `json:"-" path:"label"`
	Version string `json:"version" doc:"name, name@label, or the beginning of a hash"`
}

func labelDataset(s *Server, r *request, in labelRequest) (dataset.Found, error) {
	if in.Version == "" {
		return dataset.Found{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "there is no version to move the label to", Hint: "name one as version"}
	}
	if err := s.Sets.Label(r.Context(), r.scope, in.Name, in.Label, in.Version); err != nil {
		return dataset.Found{}, err
	}
	return s.Sets.Get(r.Context(), r.scope, in.Name+"@"+in.Label)
}

type unlabelRequest struct {
	Name  string `path:"name"`
	Label string `path:"label"`
}

func unlabelDataset(s *Server, r *request, in unlabelRequest) (nothing, error) {
	return nothing{}, s.Sets.Label(r.Context(), r.scope, in.Name, in.Label, "")
}

type samplesRequest struct {
	Origin    []string `query:"origin" doc:"trace, feedback, judged, import or instruct; may be repeated"`
	Kind      []string `query:"kind" doc:"chat, preference or label; may be repeated"`
	Assistant []string `query:"assistant"`
	Language  []string `query:"language" doc:"en or zh"`
	Source    []string `query:"source" doc:"name of an import"`
	Corpus    []string `query:"corpus" doc:"with words of a document of it"`
	State     string   `query:"state" enum:"ready,aside,erased"`
	After     string   `query:"after" doc:"the id to go on behind: next of the page before"`
	Limit     int      `query:"limit" doc:"up to 200" default:"50"`
}

func samples(s *Server, r *request, in samplesRequest) (dataset.SamplePage, error) {
	f := dataset.Filter{Origins: in.Origin, Kinds: in.Kind, Assistants: in.Assistant, Languages: in.Language, Sources: in.Source, Corpora: in.Corpus, State: in.State}
	return s.Sets.Samples(r.Context(), r.scope, r.who, f, in.After, in.Limit)
}

func oneSample(s *Server, r *request, in idRequest) (dataset.Sample, error) {
	return s.Sets.Sample(r.Context(), r.scope, r.who, in.ID)
}

type holdersRequest struct {
	Document     string `query:"document" doc:"id"`
	Person       string `query:"person" doc:"id; me for yourself"`
	Conversation string `query:"conversation" doc:"id"`
	Sample       string `query:"sample" doc:"id"`
}

func sampleHolders(s *Server, r *request, in holdersRequest) (dataset.Holders, error) {
	if in.Person == "me" {
		in.Person = r.who.ID
	}
	return s.Sets.Holders(r.Context(), r.scope, r.who, dataset.Origin{Document: in.Document, Person: in.Person, Conversation: in.Conversation, Sample: in.Sample})
}

type asideRequest struct {
	Samples []string `json:"samples" doc:"ids, up to 500"`
	Back    bool     `json:"back,omitempty" doc:"put them back"`
	Note    string   `json:"note,omitempty" doc:"why"`
}

type asideReply struct {
	Changed int `json:"changed"`
}

func setAside(s *Server, r *request, in asideRequest) (asideReply, error) {
	n, err := s.Sets.SetAside(r.Context(), r.scope, r.who, in.Samples, in.Back, in.Note)
	return asideReply{n}, err
}

type removeSamplesRequest struct {
	Samples []string `json:"samples" doc:"ids, up to 500"`
}

func removeSamples(s *Server, r *request, in removeSamplesRequest) (dataset.Holders, error) {
	return s.Sets.Remove(r.Context(), r.scope, r.who, in.Samples)
}

func captureSamples(s *Server, w http.ResponseWriter, r *request, _ nothing) error {
	return s.working(w, r, func(told func(dataset.Progress) error) (any, error) {
		return s.Sets.Capture(r.Context(), r.scope, told)
	})
}

type mineRequest struct {
	Dry bool `query:"dry_run" doc:"keep nothing, and say what would be"`
}

func mineSamples(s *Server, w http.ResponseWriter, r *request, in mineRequest) error {
	return s.working(w, r, func(told func(dataset.Progress) error) (any, error) {
		return s.Sets.Mine(r.Context(), r.scope, in.Dry, told)
	})
}

type importRequest struct {
	Name    string   `query:"name" doc:"of the import: samples are found again by it"`
	Format  string   `query:"format" enum:"wenyuan,openai,openai-preference,trl,alpaca,sharegpt,qa" doc:"without it the first row says"`
	Pass    []string `query:"pass" doc:"a field to pass over; may be repeated"`
	Licence string   `query:"licence" doc:"such as Apache-2.0"`
	Teacher string   `query:"teacher" doc:"the model that wrote the rows"`
	Broken  bool     `query:"broken" doc:"leave broken rows out, in the place of taking in nothing"`
}

// spooled keeps the body of a request in a file, from whose beginning it can be read. Whoever closes it
// is rid of it.
func (s *Server) spooled(r *request) (*os.File, error) {
	file, err := spoolFile(filepath.Join(s.Store.Dir(), "tmp"))
	if err != nil {
		return nil, err
	}
	if _, err = io.Copy(file, r.Body); err != nil {
		err = broken(err)
	} else {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// importRows takes a file as the body. It is kept until it ends: all rows are read before one is taken in.
func importRows() endpoint {
	e := endpoint{in: reflect.TypeFor[importRequest](), gives: []string{jsonLines}, takes: jsonLines}
	e.serve = func(s *Server, w http.ResponseWriter, r *request) error {
		in, err := bind[importRequest](r)
		if err != nil {
			return err
		}
		file, err := s.spooled(r)
		if err != nil {
			return err
		}
		defer file.Close()
		order := dataset.ImportOrder{Name: in.Name, Format: form.Format(in.Format), Passed: in.Pass, Licence: in.Licence, Teacher: in.Teacher, Broken: in.Broken}
		return s.working(w, r, func(told func(dataset.Progress) error) (any, error) {
			out, err := s.Sets.Import(r.Context(), r.scope, r.who, order, file, told)
			for i := range out.Faults {
				out.Faults[i].Why, out.Faults[i].Hint = r.tell(out.Faults[i].Why), r.tell(out.Faults[i].Hint)
			}
			return out, err
		})
	}
	return e
}
