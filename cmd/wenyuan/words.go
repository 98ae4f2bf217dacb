package main

import "github.com/alecthomas/kong"

// A lang is the language of the person who reads.
type lang string

const (
	en lang = "en"
	zh lang = "zh"
)

// A pair is one text in both languages.
type pair struct{ en, zh string }

func (p pair) in(l lang) string {
	if l == zh {
		return p.zh
	}
	return p.en
}

// words are the texts of --help.
var words = map[string]pair{
	"description": {"Ask your documents and get cited, checked answers.", "问你的文档，得到有出处、经核对的回答。"},

	"data":      {"Data folder (WENYUAN_DATA).", "数据文件夹（WENYUAN_DATA）。"},
	"config":    {"Settings file (WENYUAN_CONFIG); wenyuan.yaml in the data folder by default.", "配置文件（WENYUAN_CONFIG）；默认是数据文件夹里的 wenyuan.yaml。"},
	"database":  {"PostgreSQL instead of SQLite: postgres://... (WENYUAN_DATABASE).", "用 PostgreSQL 代替 SQLite：postgres://……（WENYUAN_DATABASE）。"},
	"log_level": {"The least that is logged: debug, info, warn or error (WENYUAN_LOG_LEVEL).", "记录日志的最低级别：debug、info、warn 或 error（WENYUAN_LOG_LEVEL）。"},
	"url":       {"Work on the server at this address (WENYUAN_URL); WENYUAN_KEY holds its key.", "操作这个地址的服务器（WENYUAN_URL）；密钥放在 WENYUAN_KEY。"},
	"json":      {"Write JSON to standard output, and nothing else.", "标准输出只写 JSON。"},
	"lang":      {"Language of what is shown: en or zh (WENYUAN_LANG).", "显示的语言：en 或 zh（WENYUAN_LANG）。"},

	"serve":       {"Run the server with its console.", "启动服务器和控制台。"},
	"add":         {"Add files, folders and archives to a corpus.", "把文件、文件夹和压缩包加入语料库。"},
	"sync":        {"Make a corpus equal to a folder.", "让语料库与文件夹一致。"},
	"list":        {"List the documents of a corpus.", "列出语料库里的文档。"},
	"remove":      {"Remove documents.", "移除文档。"},
	"status":      {"Show what there is and how it runs.", "显示内容和运行状态。"},
	"search":      {"Find passages.", "查找段落。"},
	"ask":         {"Ask a question.", "提问。"},
	"show":        {"Show a document, its text or its passages.", "显示文档、它的文本或段落。"},
	"trace":       {"Show how an answer came to be, or which answers used a document.", "显示回答的来历，或用过某文档的回答。"},
	"eval":        {"Measure.", "测量。"},
	"config_verb": {"Check, show or describe the settings.", "检查、显示或说明配置。"},
	"backup":      {"Write everything into one file, also while a server runs.", "把全部内容写进一个文件，服务器运行时也可以。"},
	"restore":     {"Read a backup into an empty data folder.", "把备份读进空的数据文件夹。"},
	"version":     {"Show the version of the program.", "显示程序版本。"},

	"listen":         {"Address to listen on (WENYUAN_LISTEN).", "监听地址（WENYUAN_LISTEN）。"},
	"corpus":         {"Name of the corpus.", "语料库名称。"},
	"add_paths":      {"Files, folders, zip and tar.gz archives.", "文件、文件夹、zip 和 tar.gz 压缩包。"},
	"sync_path":      {"The folder.", "文件夹。"},
	"list_state":     {"Only documents in this state: ready, failed or skipped.", "只列出这种状态的文档：ready、failed 或 skipped。"},
	"list_query":     {"Only documents with this in their source or title.", "只列出来源或标题含有此文字的文档。"},
	"remove_ids":     {"Ids of documents; with --corpus also their sources.", "文档 id；给出 --corpus 时也可以是来源。"},
	"search_query":   {"What is looked for.", "要找什么。"},
	"search_k":       {"How many passages.", "多少段。"},
	"search_arm":     {"What searches: fused, words or vectors.", "用什么查找：fused、words 或 vectors。"},
	"ask_question":   {"The question.", "问题。"},
	"show_document":  {"Id of the document; with --corpus also its source.", "文档 id；给出 --corpus 时也可以是来源。"},
	"show_revision":  {"Hash of the revision, or its beginning; the current one by default.", "版本的哈希或其开头；默认为当前版本。"},
	"show_text":      {"Print the extracted text and nothing else.", "只输出提取的文本。"},
	"show_passages":  {"Print the passages.", "输出段落。"},
	"trace_id":       {"Id of the trace; it stands under the answer.", "追踪的编号；在回答下方。"},
	"trace_document": {"List the answers that this document had a part in.", "列出用到此文档的回答。"},
	"trace_corpus":   {"List the answers of this corpus.", "列出此语料库的回答。"},
	"trace_limit":    {"How many answers to list.", "列出多少个回答。"},
	"eval_retrieval": {"Measure retrieval over judged questions.", "用有判定的问题测量检索。"},
	"eval_support":   {"Measure the sentence checker over labelled sentences.", "用有标注的句子测量核对器。"},
	"eval_beir":      {"Folder in BEIR form; it is indexed in a temporary place.", "BEIR 格式的文件夹；在临时位置建索引。"},
	"eval_queries":   {"Questions, as JSON lines; with --corpus.", "问题，JSON 行格式；与 --corpus 同用。"},
	"eval_qrels":     {"Judgements that name sources; with --corpus.", "以来源命名的判定；与 --corpus 同用。"},
	"eval_file":      {"Labelled sentences, as JSON lines.", "有标注的句子，JSON 行格式。"},
	"eval_scores":    {"Write each row's score to this file.", "把每行的得分写进此文件。"},
	"config_check":   {"Say whether the settings are right, and everything that is wrong.", "检查配置，列出所有错误。"},
	"config_show":    {"Show what holds, and where each value came from.", "显示生效的配置及每个值的来源。"},
	"config_schema":  {"Describe the settings file as JSON Schema.", "用 JSON Schema 说明配置文件。"},
	"backup_file":    {"The file to write; - is standard output.", "要写的文件；- 为标准输出。"},
	"restore_file":   {"The file to read; - is standard input.", "要读的文件；- 为标准输入。"},
}

func vars(l lang) kong.Vars {
	v := kong.Vars{}
	for name, p := range words {
		v[name] = p.in(l)
	}
	return v
}
