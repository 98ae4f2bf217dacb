// Package instruct asks a model for new tasks beside some that it is shown, and reads what it wrote.
//
// It is self-instruct as Alpaca has it: one reply holds several tasks, each an instruction with its
// answer (Wang et al., "Self-Instruct: Aligning Language Models with Self-Generated Instructions",
// 2022; Taori et al., "Stanford Alpaca", 2023). The words for Chinese are written for Chinese. It asks
// nobody: text in, text out. Whether a task is any good is for dataset/rouge.Filter to say.
package instruct

import (
	"fmt"
	"regexp"
	"strings"
)

// How many tasks a model is shown, and how many of these people wrote; what is missing of the one is
// taken of the other. The paper's figures.
const (
	Shown    = 8
	ByPeople = 6
)

// Asked is how many tasks are asked for in one call: Alpaca asked a large model for twenty; small ones
// lose the thread after some.
const Asked = 8

// A Task is an instruction with its answer.
type Task struct {
	Instruction string
	Answer      string
}

// wording is what a model is told in one language.
type wording struct {
	system              string
	user                string // with the numbers of the first and the last new task
	head                string // of a task, with its number
	instruction, answer string // before these
}

var wordings = map[string]wording{
	"en": {
		system: `You write exercises from which an assistant learns: instructions as people give them, each with the answer that a careful expert would give.`,
		user: `Below are tasks. Go on with tasks %d to %d in exactly the same form: "### Task", the number, then "Instruction:" and "Answer:".

What makes a good task here:
- Each is about something else than all before it, and begins with another verb. Mix what is asked for: explain, compare, rewrite, sort, plan, correct, summarise, calculate, classify, answer, argue, draft.
- Some instructions are a question, some a command; some are one short sentence, some bring along a few lines of material that the answer needs. All that is needed stands in the instruction.
- An assistant that reads and writes text alone can do it. It has no picture, sound, file, link or page at hand, and does not know what happened today.
- The answer is right, complete and to the point, and does not repeat the instruction. Where a short answer is enough it is short; none has more than 200 words.
- Everything is in English.

`,
		head: "### Task %d\n", instruction: "Instruction: ", answer: "Answer: ",
	},
	"zh": {
		system: `你为训练助手编写习题：像人们平时提出的那样写指令，再给出一位严谨的行家会给的回答。`,
		user: `下面是一些任务。请接着写第 %d 个到第 %d 个，格式与下面完全一致：先写“### 任务”和编号，再写“指令：”和“回答：”。

好任务的要求：
- 每个任务的内容都与前面的不同，开头的动词也不要重复。类型要多样：解释、比较、改写、排序、规划、纠错、概括、计算、分类、问答、论证、拟稿等。
- 指令有问句，也有祈使句；有的一句话，有的附带几行材料。回答所需的内容都要写在指令里。
- 只会读写文字的助手能够完成：手边没有图片、声音、文件、链接或网页，也不知道今天发生的事。
- 回答要正确、完整、切题，不要复述指令。一两句能说清的就写一两句，最长不超过 300 字。
- 用地道的现代汉语来写，按中文的习惯取材和表达，不要有翻译腔；人名、地名、单位和例子贴近中文读者的生活。

`,
		head: "### 任务 %d\n", instruction: "指令：", answer: "回答：",
	},
}

// Prompt is what a model is told to write tasks beside those that it is shown; lang is zh, anything else is
// English.
func Prompt(lang string, shown []Task) (system, user string) {
	w, ok := wordings[lang]
	if !ok {
		w = wordings["en"]
	}
	var b strings.Builder
	fmt.Fprintf(&b, w.user, len(shown)+1, len(shown)+Asked)
	for i, t := range shown {
		fmt.Fprintf(&b, w.head, i+1)
		b.WriteString(w.instruction + strings.TrimSpace(t.Instruction) + "\n" + w.answer + strings.TrimSpace(t.Answer) + "\n\n")
	}
	fmt.Fprintf(&b, w.head, len(shown)+1)
	b.WriteString(w.instruction)
	return w.system, strings.TrimRight(b.String(), " ")
}

// How the parts of a reply begin. Models put stars and signs around them.
var (
	headLine = regexp.MustCompile(`^[\s#*_\-]*(?i:task|任务|###)\s*[#（(]?\d+[)）]?\s*[.:：、]?[\s*_]*$|^\s*#+\s*\d+\s*[.:：、]?\s*$|^\s*-{3,}\s*$`)
	saysLine = regexp.MustCompile(`^[\s#*_\-]*(?:\d+\s*[.、)]\s*)?[*_]*(?i:(instruction|question|指令|问题)|(answer|output|response|回答|答案|输出))[*_]*\s*[:：][*_]*\s*`)
)

// Parse reads the tasks of a reply, which may go on right behind the words "Instruction:" of the prompt. What
// has no answer is left out, and with cut, that the reply ended because it was too long, its last task too.
func Parse(reply string, cut bool) (all []Task) {
	p := parser{}
	p.at = &p.task.Instruction
	for line := range strings.Lines(reply) {
		p.line(strings.TrimRight(line, "\r\n"))
	}
	if !cut {
		p.end()
	}
	return p.all
}

type parser struct {
	all  []Task
	task Task
	at   *string // the part that a line belongs to; nil between tasks
}

func (p *parser) line(line string) {
	if headLine.MatchString(line) {
		p.end()
		return
	}
	m := saysLine.FindStringSubmatch(line)
	switch {
	case m == nil:
	case m[1] != "":
		if p.task.Answer != "" || p.at == nil {
			p.end()
		}
		p.at, line = &p.task.Instruction, line[len(m[0]):]
	default:
		p.at, line = &p.task.Answer, line[len(m[0]):]
	}
	if p.at != nil {
		*p.at += line + "\n"
	}
}

// end keeps the task that is being read, where it is whole.
func (p *parser) end() {
	t := Task{strings.TrimSpace(p.task.Instruction), strings.TrimSpace(p.task.Answer)}
	if t.Instruction != "" && t.Answer != "" {
		p.all = append(p.all, t)
	}
	p.task, p.at = Task{}, nil
}
