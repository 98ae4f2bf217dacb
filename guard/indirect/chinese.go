package indirect

import (
	"strings"
	"unicode/utf8"

	"wenyuan/internal/needle"
)

// openers may stand before the verb of a request in Chinese.
var openers = []string{"请你", "请", "麻烦你", "麻烦", "帮我", "帮忙", "替我", "给我", "能不能", "能否", "可否", "可以", "顺便", "务必", "同时", "最后", "然后", "另外",
	"从现在开始", "从现在起", "从这里开始", "从此以后", "从今往后", "今后", "以后", "接下来的对话里", "接下来的回答里", "做任何事之前", "现在", "接下来", "立即", "马上", "直接", "你要", "你需要", "你必须", "必须", "一定要", "先", "再", "也", "并", "都", "下一步", "注意", "重要", ",", ":", " ", "、"}

// begins says which ask a verb of Chinese begins; longer ones stand first where one begins
// with the other.
var begins = []struct {
	ask   ask
	verbs []string
}{
	{which, []string{"为什么", "怎么", "怎样", "如何", "什么", "谁", "哪", "多少", "几", "何时", "为何"}},
	{tell, []string{"告诉我", "解释", "说说", "说三", "说两", "说几", "说一", "讲讲", "一步一步", "一步步", "逐步", "逐条", "按大小", "按顺序", "按时间", "给几", "给三", "给两", "给一", "给五", "陪我", "聊聊", "简述", "简要", "详细", "讲", "描述", "介绍", "概括", "概述", "总结", "列出", "列举", "举例", "谈谈", "推荐", "比较", "说明", "演示", "教我", "分享", "提供", "给出", "定义", "阐述"}},
	{solve, []string{"翻译", "判断", "分析", "估算", "计算", "算一下", "算", "求", "解方程", "分类", "预测", "提取", "找出", "查找", "评估", "识别", "调试", "改写", "润色", "排序", "对比", "搜集"}},
	{write, []string{"写", "编", "起草", "拟", "创作", "生成", "设计", "制作", "作一", "作诗", "来一", "出一", "想", "规划", "实现", "准备", "构思", "制定", "策划", "绘制", "画", "做一", "起三", "起一", "取一"}},
	{alter, []string{"用", "只回", "只输", "只说", "只用", "回答", "回复", "答案", "答复", "输出", "返回", "重复", "倒着", "替换", "反转", "颠倒", "打乱", "加密", "编码", "拒绝", "不要回答", "不回答", "不用回答", "不许", "每写", "每句", "每个字", "每一个字", "每个词", "每一句", "整个回答", "全部回答", "所有回答", "整段回答", "全文用", "只给", "只能", "只许", "除了", "一律", "改答", "改为", "改用", "改成", "结尾", "开头"}},
	{add, []string{"加上", "加入", "添加", "插入", "附上", "附", "提到", "提一", "宣传", "推广", "劝", "说服", "呼吁", "强调", "夸", "称赞", "声称", "编造", "散布", "引导", "让用户", "让读者", "让他", "叫用户", "建议用户", "告诉用户", "告诉读者", "告诉大家", "通知用户", "向用户", "向读者", "请读者", "请用户", "提醒", "催", "冒充", "宣扬", "鼓吹", "播报", "发布", "要求用户", "要求读者", "叫读者", "劝用户", "劝读者", "建议读者", "让大家", "显示", "问到", "被问到", "当用户", "如果用户", "凡是", "说银行", "说这", "在回", "在你的回", "在答", "结论"}},
	{act, []string{"扮演", "假装", "装作", "化身", "变成", "你叫", "你的名字", "假设你", "想象你", "你现在是", "从现在起你", "模仿", "充当", "作为一", "你是"}},
	{send, []string{"发送", "发给", "发邮件", "寄给", "截屏", "转发", "上传", "调用", "执行", "运行命令", "转账", "批准", "复制", "抄送", "泄露"}},
	{stop, []string{"忽略", "忘掉", "忘记", "无视", "别管", "不要理", "不理", "不要管", "停下", "跳过", "听从", "遵循", "不再", "不要", "别", "不许", "不得", "禁止", "抛开", "撇开", "放下"}},
	{do, []string{"点击", "打开", "选择", "输入", "重启", "检查", "确认", "关闭", "安装", "配置", "启动", "设置", "执行", "运行", "查看", "登录", "修改", "参考", "下载", "联系", "使用", "注意", "确保", "创建", "删除"}},
	{write, []string{"把", "将"}},
}

var mentions = []struct {
	sign  uint32
	words []string
}{
	{answers, []string{"回答", "回复", "答案", "答复", "输出", "作答"}},
	{machine, []string{"助手", "模型", "机器人", "智能体", "代理", "ai", "人工智能", "智能系统"}},
	{reader, []string{"用户", "读者", "客户"}},
	{you, []string{"你", "您"}},
	{me, []string{"我", "帮"}},
	{secret, []string{"密码", "密钥", "令牌", "提示词", "对话", "指令", "验证码", "身份证"}},
	{program, []string{"代码", "脚本", "函数", "程序"}},
	{must, []string{"必须", "务必", "应当", "一定要", "应该", "需要", "须"}},
	{negative, []string{"不要", "别", "不得", "不许", "无需", "不用"}},
	{quote, []string{"“", "「", "《"}},
}

// hanWords are the groups of mentions, one that speaks of the answer to come, and the words that
// ask, so that a sentence is searched for all of them at once.
var (
	hanWords = func() *needle.Set {
		var all [][]string
		for _, m := range mentions {
			all = append(all, m.words)
		}
		return needle.New(append(all, []string{"你的回", "你的答", "你的输出", "在回答", "在回复", "在答", "回答里", "回复里", "答案里"}, begins[0].verbs)...)
	}()
	inAnswer, inAsking = uint64(1) << len(mentions), uint64(2) << len(mentions)
)

// chinese adds what the characters of Han say.
func (f *form) chinese(s string) {
	in := hanWords.In(s)
	for i, m := range mentions {
		if in>>i&1 == 1 {
			f.signs |= m.sign
		}
	}
	if f.signs&answers != 0 && in&inAnswer != 0 {
		f.signs |= output
	}
	rest := unopened(s)
	if f.ask == none {
		f.ask = leads(rest)
	}
	for i := 0; f.ask == none && i < len(s) && i < 120; {
		n := strings.IndexAny(s[i:], ",:;")
		if n < 0 {
			break
		}
		if i += n + 1; i < len(s) {
			if f.ask = leads(unopened(s[i:])); i > 60 && (f.ask < alter || f.ask >= do) {
				f.ask = none // far behind, only what is rarely told of
			}
		}
	}
	if f.ask == none {
		if f.ask = arranged(rest); f.ask == none {
			f.ask = arranged(s)
		}
	}
	if f.ask == which && !strings.HasSuffix(s, "?") {
		f.ask = none
	}
	if in&inAsking != 0 && strings.HasSuffix(s, "?") {
		f.ask = which
	}
}

// arrangements are requests whose verb stands behind what it is about: 给…起名, 以…为题, 对…做.
var arrangements = []struct {
	ask   ask
	start string
	verbs []string
}{
	{write, "给", []string{"想", "起", "拟", "写", "编", "打分", "打一个", "打最高", "下个定义", "下定义", "设计", "推荐", "解释", "讲", "加上", "列", "出一", "做一", "画"}},
	{write, "为", []string{"写", "拟", "起草", "想一", "想个", "设计", "起名", "取名", "编"}},
	{write, "以", []string{"为题", "为主题", "口吻", "语气", "身份", "风格", "结尾", "开头", "的形式", "为由"}},
	{solve, "对", []string{"做一", "分析", "调用", "打分", "评分", "分类"}},
	{do, "跟", []string{"约", "说一声", "确认"}},
	{do, "让", []string{"每分钟", "每次", "都", "自动"}},
	{tell, "这句话", []string{"什么", "哪", "是不是", "还是"}},
	{tell, "这段话", []string{"什么", "哪", "是不是", "还是"}},
	{add, "代码里", []string{"加", "先", "要", "放", "写"}},
	{add, "程序里", []string{"加", "先", "要", "放", "写"}},
}

// arranged looks for an arrangement near the beginning of a sentence.
func arranged(s string) ask {
	const near, far = 24, 96 // bytes
	for _, a := range arrangements {
		i := strings.Index(s[:min(len(s), near)], a.start)
		if i > 0 && a.ask != add {
			continue // it begins the sentence
		}
		if i >= 0 && contains(s[i+len(a.start):min(len(s), i+far)], a.verbs...) {
			return a.ask
		}
	}
	return none
}

// unopened is a sentence without what may stand before its verb.
func unopened(s string) string {
	for range 4 {
		before := len(s)
		for _, o := range openers {
			s = strings.TrimPrefix(s, o)
		}
		if len(s) == before {
			break
		}
	}
	return s
}

// A lead is a verb with its ask.
type lead struct {
	verb string
	ask  ask
}

// leadsBy are the verbs of begins in their order, by the character that they begin with.
var leadsBy = func() map[rune][]lead {
	by := map[rune][]lead{}
	for _, b := range begins {
		for _, v := range b.verbs {
			r, _ := utf8.DecodeRuneInString(v)
			by[r] = append(by[r], lead{v, b.ask})
		}
	}
	return by
}()

func leads(s string) ask {
	r, _ := utf8.DecodeRuneInString(s)
	for _, l := range leadsBy[r] {
		if strings.HasPrefix(s, l.verb) && !told(s[len(l.verb):]) {
			return l.ask
		}
	}
	return none
}

// told says by what follows a verb that somebody did it, or that it is part of a noun.
func told(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return strings.ContainsRune("了过着著的述于人名处墅称号公者员", r)
}
