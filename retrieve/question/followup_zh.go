package question

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// What makes a Chinese question lean on the one before.
var (
	zhLead  = regexp.MustCompile(`^(?:(?:好的?|嗯+|哦+|那么|那|还有|另外|然后|所以|请问|谢谢|对了|再问一下|想问一下|我想问)[，,、。！\s]*)+`)
	zhThen  = regexp.MustCompile(`^(?:那么|那|还有|另外|然后|换成|换做|如果是|要是)`)
	zhShift = regexp.MustCompile(`^(?:换成|换做|如果是|要是|对于|关于)?(.{1,60}?)(?:的话)?(?:又)?(?:呢|怎么样|如何)$`)
	zhAsks  = regexp.MustCompile(`什么|怎么|怎样|如何|为何|为啥|多少|多久|多大|多长|哪|几个|几次|谁|吗|是否|能否|能不能|可不可以|是不是|有没有`)
	// zhAlone is a question that has no matter of its own.
	zhAlone = regexp.MustCompile(`^(?:(?:这|那)?(?:是)?(?:为什么|为啥|为何)(?:呢|啊|会这样|不行|不可以)?|(?:具体|详细)?(?:要|该|应该)?(?:怎么|怎样|如何)(?:做|办|弄|操作|实现|处理|解决|理解)?(?:呢|啊)?|什么时候|在哪里?|在哪儿|多久|多少` +
		`|(?:还)?有(?:没有)?(?:什么)?(?:其他|其它|别的|更好的|更多的?|另外的|替代)(?:的)?(?:办法|方法|方式|途径|选择|方案|原因|限制|例子|示例|做法|要求|建议|信息)?(?:可以|可用|可选)?(?:的)?(?:吗|么|没有)?` +
		`|(?:还)?有(?:其他|其它|别的|另外的)?(?:哪些|什么)(?:其他|其它|别的)?(?:办法|方法|方式|选择|方案|例子)(?:吗)?` +
		`|还有(?:吗|呢|别的吗|其他的吗)|除此之外呢?|其他的?呢|别的呢|然后(?:呢)?|继续|接着(?:说|讲)?|(?:能|可以|请)?(?:再)?(?:详细|具体|展开|多)(?:地)?(?:说|讲|介绍|解释|说明)(?:一下|说|讲|明|一点|一些)*(?:吗|么|吧)?|(?:能|可以|请)?(?:再)?(?:举|给)(?:我)?(?:个|一个|几个|一些)?(?:例子|示例|例)(?:吗|吧)?|有(?:没有)?(?:例子|示例)(?:吗)?|比如(?:呢)?|例如(?:呢)?|(?:真的|确定|是这样|对)吗)$`)
	zhLeft   = regexp.MustCompile(`^(?:和|跟|与|同|比起|相比|比)[^，,]{1,40}(?:区别|不同|差别|差异|关系|相比|比较|联系|冲突|兼容|一样|好在|优势|哪个)[^，,]*$`)
	zhItself = regexp.MustCompile(`它们|它|他们|她们|(?:上面|上述|前面|刚才|刚刚)(?:说|提|讲)?(?:到|过)?的?(?:那个|这个|这些|那些)?|前者|后者|[这那该此][个种些项类]?(?:参数|功能|配置项?|值|选项|方法|接口|模式|版本|错误|报错|问题|字段|命令|组件|服务|限制|机制|特性|规则|操作|时间|文件|步骤|情况)|[这那](?:个|些|种|样)`)
	zhOuter  = regexp.MustCompile(`^[这那](?:个|份|本)?(?:文档|手册|系统|产品|项目|公司|助手|网站|平台|软件|程序|页面|家)`)
	zhThis   = regexp.MustCompile(`^(?:这|那)(?:又|还|也|都|就)?(?:是|有|会|能|要|怎|和|跟|与|对|该|可以|需要|支持|意味|算|为|什么)`)
	zhIts    = regexp.MustCompile(`^其(?:默认|作用|用途|区别|特点|优|缺|原理|含义|大小|类型|取值|配置|限制|值|名称|格式|实现|中的|原因)`)
	zhInside = regexp.MustCompile(`^(?:在|对于|对|用|从|到)[^，,]{1,24}?(?:里面?|中|上|下|时|的时候|环境|模式|版本)$`)
)

// zhIf is a condition under which the last question is asked again.
var zhIf = regexp.MustCompile(`^((?:如果|假如|要是|万一).{1,20}?)(?:的话)?呢$`)

// zhFrame are the shapes of questions with their subject in the first group.
var zhFrame = []*regexp.Regexp{
	regexp.MustCompile(`^(?:什么是|何谓|什么叫|解释(?:一下)?|介绍(?:一下)?)\s*(.+)$`),
	regexp.MustCompile(`^(.+?)\s*(?:是什么(?:意思)?|是指什么|指的是什么|是(?:做|干)什么(?:用)?的|有什么(?:用|作用|好处|优势|特点|限制)|的作用(?:是什么)?|是怎么回事|(?:能|可以)?(?:做|干)什么)$`),
	regexp.MustCompile(`^(.+?)\s*(?:一般|通常|应该|应|该)?(?:设|配|调|取)?(?:置)?(?:是|为|有|要|成)?(?:多少|多久|多大|多长(?:时间)?|几(?:个|次|种|天)?|哪些|哪个|哪里|哪儿)(?:种类?|类型|个)?$`),
	regexp.MustCompile(`^(?:我)?(?:想|要|该|应该)?(?:如何|怎么|怎样)(?:才能|能|去|来|可以)?\s*` + zhVerb + `(?:一下|一个|个)?\s*(.+)$`),
	regexp.MustCompile(`^(.+?)\s*(?:应该|应|该|要|需要|可以|能)?(?:如何|怎么|怎样)` + zhVerb + `?(?:一下)?$`),
	regexp.MustCompile(`^(?:是否|能否|可以|能不能|可不可以|有没有|支持)\s*` + zhVerb + `?(.+?)(?:吗)?$`),
	regexp.MustCompile(`^(.+?)\s*(?:最多|最长|最大|最少|至少)?(?:是否|能否|能不能|可不可以|可以|能|会|支持|需要|必须|为什么|为何|有).*$`),
}

// zhVerb are verbs of doing something to a thing, which are no part of its name.
const zhVerb = `(?:修改|更改|改变|改|配置|设置|设|开启|打开|启用|开|关闭|禁用|停用|关|使用|用|安装|部署|启动|停止|重启|查看|查询|查|删除|删|新增|增加|添加|加|创建|新建|建|调整|升级|更新|迁移|实现|解决|处理|避免|保证|监控|排查|申请|报销|提交|办理|取消|测试|调试|编译|下载|连接|发送|接收|消费|恢复|备份|扩容|优化)`

// zhRelated are words that say something of a thing and name none.
var zhRelated = regexp.MustCompile(`^(?:` + zhVerb + `|默认|端口号?|上限|下限|最大|最小|最多|最少|最长|最短|版本|例子|示例|原因|语法|参数|大小|格式|步骤|区别|优点|缺点|优势|好处|坏处|作用|用途|含义|意思|限制|前提|要求|条件|成本|价格|费用|时间|次数|间隔|频率|数量|类型|名称|路径|位置|单位|范围|取值|值|可以|能|会|要|支持|需要|必须|应该|多少|多久|多大|多长|什么|怎么|怎样|如何|哪些|哪个|哪里|为什么|是|有|的|吗|呢|最|不|也|还|都|在|到|为|成|多|少|几|个|次|种|一般|通常|具体|手动|自动|默认值|重试|保留|保存|等待|过期|天|小时|分钟|秒|生效|失败|成功|一下|吧|了|么|我|它|来|去|和|与|或|就|行|[？?，, ])+$`)

// chineseOnto completes a Chinese question; "" where it stands alone.
func chineseOnto(text, last string) string {
	led := zhThen.MatchString(text)
	t := bare(zhLead.ReplaceAllString(text, ""))
	if t == "" {
		return ""
	}
	for _, whole := range []string{bare(text), t} {
		if zhAlone.MatchString(whole) {
			return join(last, whole+mark(last))
		}
	}
	if m := zhIf.FindStringSubmatch(t); m != nil && !zhAsks.MatchString(m[1]) {
		return m[1] + "，" + bare(last) + mark(last)
	}
	topic := topicOf(last)
	if done := personOnto(t, topic, last); done != "" {
		return done
	}
	if x := shiftZh(t, led); x != "" {
		return turn(last, x)
	}
	if zhLeft.MatchString(t) && topic != "" {
		return space(topic, t) + "？"
	}
	if done := pronounZh(t, topic, last); done != "" {
		return done
	}
	if zhRelated.MatchString(t) {
		if topic == "" {
			return join(last, t+mark(last))
		}
		return space(topic, t) + "？"
	}
	return ""
}

// shiftZh is what a question turns to: 那 Broker 呢; "" where it asks something.
func shiftZh(t string, led bool) string {
	if m := zhShift.FindStringSubmatch(t); m != nil && !zhAsks.MatchString(m[1]) && len(m[1]) <= longShift {
		if strings.HasSuffix(t, "呢") || led {
			return strings.TrimSuffix(m[1], "的话")
		}
	}
	if led && !zhAsks.MatchString(t) && (zhInside.MatchString(t) || isRelease(t)) {
		return t
	}
	return ""
}

// pronounZh puts the topic in the place of a word that stands for it.
func pronounZh(t, topic, last string) string {
	if zhOuter.MatchString(t) {
		return ""
	}
	at := zhItself.FindStringIndex(t)
	switch {
	case zhThis.MatchString(t):
		_, n := utf8.DecodeRuneInString(t)
		at = []int{0, n}
		if w := zhItself.FindStringIndex(t); w != nil && w[0] == 0 {
			at = w
		}
	case zhIts.MatchString(t):
		at = []int{0, len("其")}
		if topic != "" {
			topic += "的"
		}
	case at == nil || meant(t[:at[0]]):
		return ""
	}
	if topic == "" || zhPointed.MatchString(t[at[0]:]) {
		return join(last, t+mark(last))
	}
	what := topic
	if m := zhKind.FindStringSubmatch(t[at[0]:at[1]]); m != nil && !strings.HasSuffix(topic, m[1]) {
		what = space(topic, m[0]) // what it is stays: brokerRole 这个参数
	}
	return space(space(t[:at[0]], what), t[at[1]:]) + "？"
}

// zhKind is a word that points at a thing and says what it is.
var zhKind = regexp.MustCompile(`^[这那该此][个种些项类]?([^个种些项类样]+)$`)

// zhPointed is a word that points at a thing which is named behind it: 这个盆地.
var zhPointed = regexp.MustCompile(`^[这那][个些种][^是有的怎如能会可要和跟与默对吗呢需应支在多为用做都也还又参功配值选方接模版错报问字命组服限机特规操时文步情，, ]`)

// meant says whether the words before a pronoun hold what it stands for: a name, or more
// than a verb that is done to it.
func meant(before string) bool {
	if latinRun.MatchString(before) {
		return true
	}
	before = zhSaid.ReplaceAllString(before, "")
	return utf8.RuneCountInString(before) > 0
}

// zhSaid are words before a pronoun that do not name anything.
var zhSaid = regexp.MustCompile(zhVerb + `|如何|怎么|怎样|为什么|为何|能不能|可不可以|可以|是否|能否|应该|需要|什么时候|哪里|什么|有没有|哪些|多少|默认|请问|我们|我|想|要|能|会|把|将|对|给|让|用|在|于|的|和|与|跟|是|有|不|去|才|关于|除了|根据|比|请|,|，|\s`)

// topicOf is what a question is about, as far as its shape tells; "" where it does not.
func topicOf(last string) string {
	if !hasHan(last) {
		return englishTopic(last)
	}
	t := bare(zhLead.ReplaceAllString(last, ""))
	t = strings.TrimSuffix(strings.TrimSuffix(t, "呢"), "吗")
	for _, f := range zhFrame {
		if m := f.FindStringSubmatch(t); m != nil {
			topic := zhPlace.ReplaceAllString(strings.TrimSpace(m[1]), "")
			if at := zhDoes.FindStringIndex(topic); at != nil && at[0] > 0 {
				topic = topic[:at[0]]
			}
			topic = zhTail.ReplaceAllString(topic, "")
			topic = strings.TrimSpace(strings.TrimSuffix(topic, "的"))
			if topic != "" && len(topic) <= longShift && !zhAsks.MatchString(topic) && !zhRelated.MatchString(topic) {
				return topic
			}
		}
	}
	return ""
}

var (
	// zhTail is what stands between a subject and what is asked of it.
	zhTail = regexp.MustCompile(`(?:最多|最长|最大|最少|最小|至少|默认|一般|通常|一共|总共|应该|需要|可以|位于|来自|都|又|还|能|会|是|有|要|在|叫)+$`)
	// zhPlace is where something is the case, before the subject.
	// zhDoes is what the subject does.
	zhDoes  = regexp.MustCompile(`(?:最多|最长|最大|最少|最小|至少|默认)?(?:可以|能够|能|需要|应该|允许)[^的]{1,6}$`)
	zhPlace = regexp.MustCompile(`^在?[^，,]{1,20}[中里]，`)
)

// turn asks the last question of something else.
func turn(last, x string) string {
	if !hasHan(last) {
		return turnEn(last, zhIn.ReplaceAllString(x, "$1"))
	}
	x = strings.TrimSpace(x)
	name := strings.TrimSpace(strings.TrimSuffix(zhIn.ReplaceAllString(x, "$1"), "的"))
	if isRelease(name) {
		if at := releaseIn(last); at != nil {
			if strings.HasSuffix(last[at[0]:at[1]], "版本") && !strings.Contains(name, "版") {
				name += " 版本"
			}
			return last[:at[0]] + name + last[at[1]:]
		}
		return space("在 "+name+" 中，", bare(last)) + "？"
	}
	if zhInside.MatchString(x) {
		return x + "，" + bare(last) + mark(last)
	}
	if owner, ok := of(last); ok && zhRelated.MatchString(x) {
		return space(owner, "的"+x) + "是什么？"
	}
	if hasLatin(name) {
		if out := exchange(last, name); out != "" {
			return bare(out) + mark(last)
		}
	}
	topic := topicOf(last)
	if owner, ok := of(last); ok {
		topic = owner
	}
	if topic != "" && strings.Count(last, topic) == 1 {
		return bare(strings.Replace(last, topic, x, 1)) + mark(last)
	}
	return join(last, x+"呢？")
}

// zhIn is a place around a name: 在 4.x 里.
var zhIn = regexp.MustCompile(`^(?:在|对于|对)?\s*(.+?)\s*(?:里面?|中|上|下|版本里|版本中)?$`)

// of is the owner in 甲的乙是多少.
func of(last string) (owner string, ok bool) {
	topic := topicOf(last)
	if i := strings.Index(topic, "的"); i > 0 {
		return strings.TrimSpace(topic[:i]), true
	}
	return "", false
}

// space joins two pieces, with a space where Chinese and Latin meet.
func space(a, b string) string {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	last, _ := utf8.DecodeLastRuneInString(a)
	first, _ := utf8.DecodeRuneInString(b)
	if a == "" || b == "" || last >= 0x2e80 && first >= 0x2e80 || strings.ContainsRune("，。？、", last) || strings.ContainsRune("，。？、", first) {
		return a + b
	}
	return a + " " + b
}
