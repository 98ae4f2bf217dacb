package pii

import (
	"strings"
	"unicode/utf8"
)

// han reads what is written in Chinese letters: plates, numbers in words, passwords,
// addresses and names.
func (f *finder) han() {
	h := hanWords()
	s := f.s
	addressed := 0 // up to where an address was read
	for i := 0; i < len(s); {
		c, size := h.of(s[i:])
		if size == 0 {
			if s[i] >= 0xC2 && middleDot(s, i) > 0 {
				i = max(i+1, f.dotted(i))
				continue
			}
			if i+1 < len(s) && s[i] == '1' && s[i+1] >= 0xE3 && s[i+1] <= 0xE9 {
				if to := f.spoken(i); to > 0 {
					i = to
					continue
				}
			}
			i++
			continue
		}
		next := i + size
		if c&(plateAt|numeralAt|secretAt) != 0 {
			next = max(next, f.hanForms(i, c))
		}
		if c&placeAt != 0 && i >= addressed {
			if to := f.placed(i); to > 0 {
				addressed = to
			}
		}
		if c&unit != 0 && i >= addressed {
			if to := f.roadBack(i); to > 0 {
				addressed = to
			}
		}
		if c&surname != 0 && i >= addressed {
			next = max(next, f.hanName(i))
		}
		i = next
	}
}

// hanForms looks for what has a form: plates, numbers, passwords.
func (f *finder) hanForms(i int, c uint16) int {
	if c&plateAt != 0 {
		if to := f.hanPlate(i); to > 0 {
			return to
		}
	}
	if c&numeralAt != 0 {
		if to := f.spoken(i); to > 0 {
			return to
		}
	}
	if c&secretAt != 0 {
		f.hanSecret(i)
	}
	return 0
}

// hanPlate reads a mainland plate (GA 36): province, letter, five places, six with new energy.
func (f *finder) hanPlate(i int) int {
	s, k := f.s, i+3
	if k >= len(s) || class[s[k]] != isUpper || s[k] == 'I' || s[k] == 'O' {
		return 0
	}
	k++
	for _, sign := range []string{"·", "•", "・", ".", "-", " "} {
		if strings.HasPrefix(s[min(k, len(s)):], sign) {
			k += len(sign)
			break
		}
	}
	n, digits := 0, 0
	for k < len(s) && n < 7 && class[s[k]]&(isUpper|isDigit) != 0 {
		if s[k] == 'I' || s[k] == 'O' {
			return 0
		}
		digits += int(class[s[k]] & isDigit)
		n++
		k++
	}
	if n == 4 && k < len(s) {
		for _, last := range []string{"学", "警", "港", "澳", "挂", "领", "试"} {
			if strings.HasPrefix(s[k:], last) {
				k, n = k+3, 5
				break
			}
		}
	}
	green := n == 6 && (strings.ContainsAny(s[k-6:k-5], "ABCDEFGHJK") || strings.ContainsAny(s[k-1:k], "ABCDEFGHJK"))
	if n != 5 && !green || digits == 0 && !says(f.before(i, 24), plateWords...) || class[f.byteAt(k)]&isAlnum != 0 {
		return 0
	}
	f.add("LICENSE_PLATE", i, k, 0.9, byForm)
	return k
}

// hanSecret looks for a password or a key that is named in Chinese.
func (f *finder) hanSecret(i int) {
	for _, n := range []struct{ name, kind string }{{"密码", "PASSWORD"}, {"口令", "PASSWORD"}, {"密钥", "API_KEY"}, {"令牌", "API_KEY"}, {"密匙", "API_KEY"}} {
		if !strings.HasPrefix(f.s[i:], n.name) {
			continue
		}
		at := i + len(n.name)
		if start, sign := f.value(at); start > 0 {
			f.secretAt(n.kind, start, sign, false)
		} else if at < len(f.s) && (f.s[at] == ' ' || class[f.s[at]]&isAlnum != 0) && n.kind == "PASSWORD" {
			start := at + len(f.s[at:]) - len(strings.TrimLeft(f.s[at:], " "))
			if start < len(f.s) && start-at < 4 {
				f.secretAt(n.kind, start, 'i', false)
			}
		}
		return
	}
}

// What stands around names.
var (
	nameBefore = endsOf("name 岳父 岳母 公公 婆婆 侄子 侄女 外甥 外甥女 表哥 表弟 表姐 表妹 堂哥 堂弟 堂姐 堂妹 姥姥 姥爷 外公 姑妈 姨妈 伯父 孙子 孙女 女婿 儿媳 未婚夫 未婚妻 前夫 前妻 孩子 宝宝 爱人 舅舅 叔叔 阿姨 姑姑 外婆 奶奶 爷爷 邻居 房客 店员 前台 姓名 名字 联系人 收件人 收货人 寄件人 我叫 名叫 叫做 叫 姓名为 姓名是 名为 户名 开户名 转账给 汇款给 抄送 主送 参会 出席 参加人员 出席人员 名单 周一 周二 周三 周四 周五 周六 周日 星期一 星期二 星期三 星期四 星期五 值班 值班人 出租方( 承租方( 甲方( 乙方( 到场 持卡人 持有人 负责人 法人 法定代表人 法人代表 代表人 申请人 经办人 审批人 患者 病人 乘客 旅客 乘车人 客户 员工 同事 学生 学员 老师 教师 经理 主任 医生 会员 用户名 被保险人 投保人 受益人 借款人 担保人 承租人 出租人 买方 卖方 甲方 乙方 当事人 原告 被告 嫌疑人 证人 监护人 家长 紧急联系人 接收人 签收人 作者 译者 记者 编辑 主讲人 嘉宾 候选人 面试者 应聘者 房东 租客 业主 车主 司机 师傅 我是 本人 朋友 室友 丈夫 妻子 儿子 女儿 父亲 母亲 爸爸 妈妈 哥哥 弟弟 姐姐 妹妹 老公 老婆 先生 女士 同学 总经理 董事长 教授 博士 律师 护士 班主任 店长 组长 队长 顾问 工程师 主管 总监 署名 落款 汇款人 付款人 收款人 收款方 抬头 参会人 发言人 对接人 责任人 填表人 登记人 报名人 挂号人 就诊人 住户 访客 来访人 销售 专员 客服 秘书 助理 村民 居民 市民 网友 考生 参保人 纳税人 委托人 受托人 继承人 股东")
	namedBy    = endsOf("姓名 名字 联系人 收件人 收货人 寄件人 户名 开户名 持卡人 负责人 法人 法定代表人 申请人 经办人 患者 作者 司机 客户")
	weakBefore = endsOf("昨天 今天 明天 上午 下午 晚上 刚才 听说 早上 中午 后来 找 请 给 由 和 与 及 跟 让 把 帮 问 替 同 向 是 、 , / ; 。 @ 联系 通知 感谢 转告 转给 交给 发给 抄送 邀请 任命 关于 告诉 提醒 安排 见到 约了 祝 对 为 被 将 据 另 但 而 ( [ 了 有 的")
	nameAfter  = startsOf("先生 女士 小姐 老师 医生 大夫 经理 同学 同志 主任 教授 律师 师傅 阿姨 叔叔 警官 局长 院长 校长 博士 工程师 部长 科长 处长 董事长 总监 总经理 护士 店长 队长 书记 主管 组长 的身份证 的电话 的手机 的住址 的地址 的邮箱 的银行卡 的护照 的生日 的工资 的账号 的病历 的联系 的简历 的合同 的订单 的工号 的密码 的社保 的家 的车 的快递 的成绩 的档案 的账户 的微信 的入职 身份证 电话 手机 联系电话 手机号 ,男 ,女 (男 (女 今年 出生 住在 家住 ,身份证 ,电话 ,手机 ,联系 (身份证 (电话 (手机 (工号 (分机 ,工号 ,住址 ,家住 ,现住 ,生于 ,出生 ,年龄 ,邮箱 ,住 邮箱 收 ,今年")
	humanActs  = startsOf("商量 讨论 聊天 聊了 聊过 见面 见过 碰头 吃饭 答应 承诺 建议 提议 要求 希望 觉得 记得 忘了 收到 借了 借给 还了 买了 付了 交了 领了 领取 开车 喜欢 帮忙 帮我 回答 完成 迟到 早退 旷工 加班 值班 轮休 调岗 升职 离开 到了 到场 缺席 签到 挂号 就诊 复诊 住进 搬到 搬家 过生日 生日 订了 预订 退货 换货 询问 打听 抱怨 解释 汇报 请教 推荐 介绍 转来 转发 约我 陪我 欠 还没 还在 不在 不来 不同意 没来 没有来 回电 打电话 发邮件 发短信 发送 发一封 写信 写一封 转账 汇款 退款 道歉 寄 送 开通 沟通 对接 确认 核实 处理 跟进 审核 来 去 主持 参加 出席 很 性别 卡号 驾驶 带领 率领 接替 来取 代为 代表 主讲 讲课 讲解 发言 回复 批准 审批 同意 拒绝 退休 住院 生病 结婚 出差 回来 来前台 说 表示 告诉 提交 申请 签字 签收 反映 投诉 来电 入职 离职 请假 毕业 担任 负责 认为 指出 介绍 打来 负全责 全责 违规 报案 取得 获得 签署 创办 撰写 发表 出任 当选 去世 逝世 结账 下单")
	actAfter   = startsOf("上午 下午 早上 晚上 中午 以及 对 一起 一同 共同 两人 二人 分别 均 先后 在 于 已 将 把 给 向 从 去 来 刚 今天 昨天 明天 上周 下周 本周 想 要 需要 购买 办理 住 和 与 及 是 的 就 也 都 被 因 会 能 没 还 又 正在 曾 未 预约 到 报名")
)

// rareFamilies are family names that are far more often ordinary words.
const rareFamilies = "和应单解海宗向从连正强冷别权盛经查原水支丰花农官班储席封双季古曲谷盖宣索居有井党祖卓巴乐"

// hanName looks at a surname and what follows it; it gives how far the text is read.
func (f *finder) hanName(i int) int {
	h := hanWords()
	s := f.s
	family := 3
	if len(s) >= i+6 && h.compound[s[i:i+6]] {
		family = 6
	} else if !strings.Contains(zhSurnames, s[i:i+3]) {
		return 0
	}
	var flags [2]uint16
	n, end := 0, i+family
	for n < 2 {
		c, size := h.of(s[min(end, len(s)):])
		if size == 0 || c&function != 0 && c&given == 0 {
			break
		}
		flags[n] = c
		n++
		end += size
	}
	a := f.around(i)
	if n == 0 {
		return f.spacedName(i, family, a)
	}
	best, score := 0, 0.0
	for k := n; k >= 1; k-- {
		to := i + family + 3*k
		if v := f.nameScore(i, to, k, flags, a); v > score {
			best, score = to, v
		}
	}
	if score < Threshold/2 {
		return 0
	}
	layer := byList
	if a.strong || score > 0.8 {
		layer = byContext
	}
	f.add("PERSON", i, best, score, layer)
	if score < Threshold {
		return 0
	}
	f.nameTo = best
	return best
}

// spacedName takes a name with a space inside where a label says that one follows.
func (f *finder) spacedName(i, family int, a around) int {
	if !a.label || nameAfter.in(strings.TrimLeft(f.after(i+family, 12), " ")) {
		return 0
	}
	end := f.spaced(i + family)
	if end == 0 {
		return 0
	}
	f.add("PERSON", i, end, 0.8, byContext)
	f.nameTo = end
	return end
}

// around is what stands before a name.
type around struct {
	strong bool // names alone follow it
	weak   bool // a name may follow it
	label  bool // it is the label of a field
	row    bool // it is another name, and what binds the two
}

func (f *finder) around(i int) around {
	near := f.before(i, 24)
	bare := strings.TrimRight(near, " :\"'“「\t")
	colon := strings.IndexByte(near[len(bare):], ':') >= 0
	switch {
	case nameBefore.in(bare):
		return around{strong: true, weak: true, label: colon}
	case labelled(near, bare):
		return around{strong: true, weak: true, label: true}
	case signed(near):
		return around{strong: true, weak: true}
	case f.inRow(i):
		return around{weak: true, row: true}
	}
	for _, w := range []string{"是", "为"} {
		if before, ok := strings.CutSuffix(bare, w); ok && namedBy.in(before) {
			return around{strong: true, weak: true}
		}
	}
	if bare == "" || strings.HasSuffix(near, "\n") || weakBefore.in(bare) {
		return around{weak: true}
	}
	_, size := hanWords().of(tail(bare, 3))
	return around{weak: size == 0}
}

// nameScore scores the candidate from i to end with k letters of given name.
func (f *finder) nameScore(i, end, k int, flags [2]uint16, a around) float64 {
	strong, weak := a.strong, a.weak
	h := hanWords()
	word := f.s[i:end]
	if h.ordinary[word] || h.places[word] || h.ordinary[word[:min(6, len(word))]] && !strong {
		return 0
	}
	if strings.HasSuffix(word, "打") || strings.HasSuffix(word, "拨") { // a telephone call
		return 0
	}
	if nameAfter.in(f.after(i+3, 12)) || class[f.byteAt(i-1)] == isDigit && !strong {
		return 0
	}
	if !strong && i >= 3 && h.ordinary[f.s[i-3:i+3]] { // the end of a word: "how", "former"
		return 0
	}
	if strings.Contains(rareFamilies, word[:3]) && !(strong && f.closed(end)) {
		return 0
	}
	likely := 0
	for j := range k {
		if flags[j]&given != 0 {
			likely++
		}
	}
	rest := f.after(end, 24)
	titled := nameAfter.in(strings.TrimLeft(rest, " ")) || numberNext(rest)
	human := humanActs.in(rest) || humanActs.in(afterAdverb(rest))
	acts := human || actAfter.in(rest)
	closed := f.closed(end)
	switch {
	case h.ordinary[word[3:]] && k == 2 && !strong && !titled:
		return 0
	case strings.HasPrefix(word, "于") && !titled && (!strong || h.places[word[3:]]): // "born in Hong Kong" more often than a name
		return 0
	case strong && (closed || titled):
		return 0.9 + 0.01*float64(likely)
	case titled && (weak || likely == k):
		return 0.85 + 0.01*float64(likely)
	case strong && acts && likely == k:
		return 0.8 + 0.02*float64(k)
	case strong && likely == k && k == 2:
		return 0.7
	case strong && likely == k:
		return 0.5
	case a.row && likely == k && (closed || acts || binds[rest[:min(3, len(rest))]]):
		return 0.7
	case weak && likely == k && k == 2 && (closed || acts):
		return 0.65
	case a.row && likely > 0 && k == 2 && closed && flags[1]&unit == 0:
		return 0.55
	case weak && likely == k && k == 1 && (human || f.pairNext(end) || closed && f.listed(i)):
		return 0.5
	case weak && likely == k && acts:
		return 0.4
	case likely == k && k == 2 && closed:
		return 0.35
	}
	return 0
}

var adverbs = []string{"已经", "刚刚", "正在", "没有", "曾经", "今天", "昨天", "明天", "上周", "下周", "上午", "下午", "早上", "晚上", "马上", "一直", "刚才", "已", "刚", "没", "会", "要", "也", "都", "就", "又", "先", "曾", "将", "再", "想"}

// afterAdverb gives what follows one word that stands between a name and its verb.
func afterAdverb(rest string) string {
	for _, w := range adverbs {
		if after, ok := strings.CutPrefix(rest, w); ok {
			return after
		}
	}
	return ""
}

// numberNext says whether a mobile number or the number of an identity card follows, as in
// the next field of a table.
func numberNext(rest string) bool {
	rest = strings.TrimLeft(rest, " ,:;|\t\"")
	n := 0
	for n < len(rest) && class[rest[n]] == isDigit {
		n++
	}
	return n == 18 || n == 17 && len(rest) > 17 && rest[17] == 'x' || n == 11 && rest[0] == '1'
}

// listed says whether a name stands in a row of names.
func (f *finder) listed(i int) bool { return strings.HasSuffix(f.before(i, 3), "、") }

// closed says whether no Chinese letter follows.
func (f *finder) closed(end int) bool {
	if end >= len(f.s) {
		return true
	}
	_, size := hanWords().of(f.s[end:])
	return size == 0
}

// lastRune gives the beginning of the code point before i.
func lastRune(s string, i int) int {
	_, size := utf8.DecodeLastRuneInString(s[:i])
	return i - size
}
