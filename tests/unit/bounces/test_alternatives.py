"""A reply that leaves the cause open suppresses nobody; one that names the same fate twice does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback.bounces.alternatives import alternatives_in
from ses_feedback.bounces.classification import BounceReport, Classification, classify
from ses_feedback.vocabulary import Action, Reason


def answer(reply: str) -> Classification:
    return classify(BounceReport(status="5.0.0", diagnostic=f"smtp; 550 {reply}", action="failed"))


@pytest.mark.parametrize(
    "reply",
    [
        "User unknown or mailbox full",
        "<kim@mx.example>: Recipient address rejected: User unknown or mailbox full",
        "mailbox unknown, disabled or full",
        "Mailbox does not exist or is full",
        "The email account is over quota or does not exist",
        "account disabled or over quota",
        "user unknown/mailbox full",
        "Recipient unknown or has blocked you",
        "Mailbox not found or access denied",
        "Unknown user or you are not allowed to send to this list",
        "Empfänger unbekannt oder Postfach voll",
        "Postfach unbekannt oder voll",
        "Empfänger unbekannt oder hat Sie blockiert",
        "Utilisateur inconnu ou boîte pleine",
        "Usuario desconocido o buzón lleno",
        "Utente sconosciuto o casella piena",
        "Utente sconosciuto o ti ha bloccato",
        "Destinatário desconhecido ou caixa cheia",
        "Gebruiker onbekend of postvak vol",
        "Nieznany użytkownik lub skrzynka pełna",
        "Neznámý uživatel nebo plná schránka",
        "Mottagaren okänd eller brevlådan full",
        "пользователь не существует или ящик переполнен",
        "Uživatel neexistuje nebo vás zablokoval",
        "Používateľ neexistuje alebo plná schránka",
        "Tuntematon vastaanottaja tai postilaatikko täynnä",
        "A felhasználó nem létezik vagy a postafiók megtelt",
        "Kullanıcı bulunamadı veya posta kutusu dolu",  # noqa: RUF001
        "Utilizator necunoscut sau căsuța plină",
        "Utilizatorul nu există sau v-a blocat",
        "Пользователь не найден или заблокировал вас",
        "Користувача не існує або скринька переповнена",  # noqa: RUF001
        "Άγνωστος χρήστης ή το γραμματοκιβώτιο είναι πλήρες",
        "Người dùng không tồn tại hoặc hộp thư đầy",
        "Pengguna tidak ditemukan atau kotak surat penuh",
        "收件人不存在或已被对方拉黑",
        "用户不存在或邮箱已满",
        "宛先が存在しないか、メールボックスが一杯です",
        "ユーザーが存在しない、または受信拒否",
        "Benutzer unbekannt bzw. Postfach voll",
        "Benutzer unbekannt beziehungsweise volles Postfach",
        "Compte inexistant soit boîte pleine",
        "Adresse inexistante ou boîte aux lettres saturée",
        "Użytkownik nie istnieje albo przekroczony limit skrzynki",
        "Ismeretlen felhasználó vagy megtelt postafiók",
        "Άγνωστος χρήστης ή γεμάτο γραμματοκιβώτιο",
        "사용자를 찾을 수 없거나 편지함이 가득 찼습니다",
    ],
)
def test_two_causes_in_one_reply_never_suppress(reply: str) -> None:
    assert answer(reply).action is not Action.SUPPRESS


@pytest.mark.parametrize(
    "reply",
    [
        "Recipient unknown or invalid",
        "no such user or mailbox",
        "user unknown or disabled",
        "Benutzer unbekannt oder inaktiv",
        "Destinataire inconnu ou inexistant",
        "Пользователь не найден или заблокирован",
        "Unrouteable address or user unknown",
        "5.1.1 Unknown or illegal alias: kim@mx.example",
        "mailbox disabled or does not exist",
        "Remote server returned unknown recipient or mailbox unavailable -> 550 : User unknown",
        "User unknown. See https://mx.example/help for what to do or whom to ask",
        "The account that you tried to reach does not exist. Please check it for typos or unnecessary spaces.",
        "User unknown <o'neil@mx.example>",
    ],
)
def test_one_fate_in_two_words_suppresses(reply: str) -> None:
    assert answer(reply).action is Action.SUPPRESS


def test_an_open_cause_keeps_the_reason_of_its_rule_and_counts_softly() -> None:
    open_cause = answer("Recipient unknown or has blocked you")
    assert (open_cause.reason, open_cause.action) == (Reason.USER_UNKNOWN, Action.COUNT_SOFT)


def test_a_clause_is_its_alternatives_alone_and_behind_its_first_word() -> None:
    assert list(alternatives_in("Mailbox unknown or full")) == [["mailbox unknown", "full", "mailbox full"]]
    assert list(alternatives_in("User unknown")) == []


@given(st.text(max_size=300), st.sampled_from([" or ", " oder ", "/", "または", " of "]))
def test_no_text_is_too_odd(text: str, between: str) -> None:
    assert answer(f"{text}{between}{text}").rule
