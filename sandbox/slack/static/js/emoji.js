/** The shortcodes that people and apps use most. One that is missing stays readable as `:name:`. */

const TABLE = `
white_check_mark ✅ | heavy_check_mark ✔️ | x ❌ | warning ⚠️ | no_entry ⛔ | no_entry_sign 🚫
octagonal_sign 🛑 | information_source ℹ️ | question ❓ | grey_question ❔ | exclamation ❗
bangbang ‼️ | hourglass ⌛ | hourglass_flowing_sand ⏳ | stopwatch ⏱️ | alarm_clock ⏰ | clock1 🕐
clock6 🕕 | calendar 📅 | date 📅 | spiral_calendar_pad 🗓️ | arrows_counterclockwise 🔄
arrows_clockwise 🔃 | repeat 🔁 | rocket 🚀 | tada 🎉 | confetti_ball 🎊 | sparkles ✨ | star ⭐ | fire 🔥
zap ⚡ | bulb 💡 | bell 🔔 | no_bell 🔕 | mega 📣 | loudspeaker 📢 | speech_balloon 💬
thought_balloon 💭 | memo 📝 | pencil ✏️ | pencil2 ✏️ | clipboard 📋 | page_facing_up 📄 | bar_chart 📊
chart_with_upwards_trend 📈 | chart_with_downwards_trend 📉 | file_folder 📁 | open_file_folder 📂
inbox_tray 📥 | outbox_tray 📤 | package 📦 | link 🔗 | paperclip 📎 | pushpin 📌 | round_pushpin 📍
lock 🔒 | unlock 🔓 | key 🔑 | closed_lock_with_key 🔐 | shield 🛡️ | gear ⚙️ | wrench 🔧
hammer_and_wrench 🛠️ | electric_plug 🔌 | computer 💻 | robot_face 🤖 | mag 🔍 | mag_right 🔎 | eyes 👀
wave 👋 | thumbsup 👍 | +1 👍 | thumbsdown 👎 | -1 👎 | clap 👏 | pray 🙏 | ok_hand 👌 | muscle 💪
raised_hands 🙌 | point_right 👉 | point_left 👈 | point_up ☝️ | point_down 👇 | handshake 🤝 | smile 😄
smiley 😃 | grinning 😀 | slightly_smiling_face 🙂 | wink 😉 | joy 😂 | heart ❤️ | blush 😊
thinking_face 🤔 | sweat_smile 😅 | sob 😭 | cry 😢 | neutral_face 😐 | confused 😕 | sunglasses 😎
relieved 😌 | bust_in_silhouette 👤 | busts_in_silhouette 👥 | man-woman-girl-boy 👨‍👩‍👧‍👦 | office 🏢
house 🏠 | bank 🏦 | moneybag 💰 | money_with_wings 💸 | dollar 💵 | credit_card 💳 | receipt 🧾
coffee ☕ | cake 🍰 | palm_tree 🌴 | beach_with_umbrella 🏖️ | face_with_thermometer 🤒 | sunny ☀️
cloud ☁️ | snowflake ❄️ | umbrella ☔ | earth_africa 🌍 | flag-no 🇳🇴 | flag-se 🇸🇪 | flag-dk 🇩🇰
flag-fi 🇫🇮 | flag-is 🇮🇸 | flag-gb 🇬🇧 | flag-eu 🇪🇺 | large_green_circle 🟢 | large_yellow_circle 🟡
large_orange_circle 🟠 | red_circle 🔴 | large_blue_circle 🔵 | white_circle ⚪ | black_circle ⚫
small_blue_diamond 🔹 | large_green_square 🟩 | large_red_square 🟥 | arrow_right ➡️ | arrow_left ⬅️
arrow_up ⬆️ | arrow_down ⬇️ | heavy_plus_sign ➕ | heavy_minus_sign ➖ | new 🆕 | ok 🆗 | sos 🆘
construction 🚧 | test_tube 🧪 | seedling 🌱 | broom 🧹 | wastebasket 🗑️ | double_vertical_bar ⏸️
black_right_pointing_triangle ▶️ | arrow_forward ▶️ | black_square_for_stop ⏹️ | fast_forward ⏩
one 1️⃣ | two 2️⃣ | three 3️⃣ | four 4️⃣ | five 5️⃣
`;

const BY_NAME = new Map(TABLE.split(/\s*[|\n]\s*/).filter(Boolean).map((entry) => entry.split(" ")));

/** The character for a shortcode without its colons, or null. */
export const emoji = (name) => BY_NAME.get(name) ?? null;

const SHORTCODE = /:([+\w-]+):(?::skin-tone-[2-6]:)?/g;

/** Plain text with its shortcodes turned to characters. */
export const withEmoji = (text) => text.replace(SHORTCODE, (whole, name) => emoji(name) ?? whole);
