# SPDX-License-Identifier: MIT
"""Harmless texts by another author: what providers write on their status pages, in eight languages."""

from __future__ import annotations

import random
import re

FILLINGS = {
    "time": ("07:04 UTC", "10.30", "22h15", "3 p.m.", "23:59:59", "0:05", "14:30 CEST", "08h00", "1:15 am PDT"),
    "day": ("Nov 28", "28/11/2026", "2026-11-28", "28.11.", "11/28", "28-11-26", "Sat 28 Nov 2026", "28.11.2026"),
    "version": (
        "v10.0.0",
        "8.2.10.1",
        "2.4.58-2",
        "v1.29.0-rc.2",
        "24.04.1 LTS",
        "115.0.5790.170",
        "6.1.0-28",
        "7.2u3",
    ),
    "product": (
        "PHP",
        "Plesk",
        "MariaDB",
        "Nextcloud",
        "OpenSSL",
        "cPanel",
        "WordPress",
        "Roundcube",
        "Keycloak",
        "k3s",
    ),
    "count": ("10.000", "3", "1,250", "99.95%", "0,05 %", "12 of 40", "1.2 Mio.", "10.258", "2^16", "≈ 400"),
    "ticket": ("#4711", "INC-20261128-3", "CVE-2026-10258", "SR 2026/1128", "PM-0042", "[#10.258]", "Case 00123456"),
    "phone": ("+49 30 1234567", "0800 10 20 30 40", "+44 20 7946 0958", "(212) 555-0123", "089 123456", "112"),
    "hash": ("3f78685", "8c1f2a9d4e6b7a80", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    "site": (
        "https://www.debian.org/security/",
        "status.hetzner.com",
        "https://x.com/example_ops",
        "example.org/status",
    ),
    "mail": ("support@example.com", "noc@example.net", "hilfe@beispiel.de", "abuse@example.org"),
    "place": ("FRA1", "eu-west-3", "Rack B12", "DC Falkenstein", "Équinix PA4", "AMS-IX", "São Paulo"),
}

TEXTS: dict[str, tuple[str, ...]] = {
    "en": (
        "We are observing increased latency and error rates across the web application since {time}.",
        "Identified: a database connection pool was exhausted. A fix is being rolled out ({ticket}).",
        "Monitoring: the queue drains at about {count} messages a minute. Next update at {time}.",
        "Resolved: a certificate had expired at {time}; it was renewed and monitoring was added.",
        "Post-mortem: at {time} a deploy ({hash}) doubled the load on our cache; we rolled back at {time}.",
        "A core switch in {place} was replaced on {day}. Packet loss was {count}.",
        "{product} {version} is installed on all shared hosts; no restart of your site is needed.",
        "Follow {site} or write to {mail} with ticket {ticket}.",
        "API keys, tokens and passwords were not exposed; you need not rotate them.",
        "Webhooks were delayed by up to 20 minutes; none was lost. Retries use exponential backoff (1, 2, 4, 8 s).",
        "SMTP on port 587 and IMAP on 993 are slow; POP3 is not affected.",
        "1. Restart the router. 1.1 Wait. 1.1.1 Sign in again. 2. Call {phone}.",
        "Our status: 12:30 down, 12:45 up, 13:00 down, 13:20 up. Total 35 min.",
        "DNS changes to example.com may take 24-48 h; the TTL is 3600.",
        "Login by SSO fails with error 0x80070005 and code AADSTS50058.",
    ),
    "de": (
        "Seit {time} Uhr sind Teile der Plattform nur eingeschränkt erreichbar. Wir arbeiten daran.",
        "In einem unserer USV-Räume kam es am {day} zu einer Störung; der Betrieb ist wiederhergestellt.",
        "Das Update auf {product} {version} wird in der Nacht zum {day} eingespielt.",
        "Rund {count} Kunden waren betroffen, Meldungen erreichen uns unter {phone}.",
        "Wartungsfenster: {day}, 22.00 bis 4.00 Uhr; Ausfall höchstens 10.30 Minuten.",
        "Ursache war ein Fehler in Firmware {version} eines Switches ({ticket}).",
        "Passwörter und Schlüssel sind nicht betroffen; ein Wechsel ist nicht nötig.",
        "Näheres unter {site}; Rückfragen an {mail}.",
        "Die Sicherung vom {day} wurde um {time} Uhr nachgeholt.",
        "DIN EN 50600-2-2 und ISO/IEC 27001:2022: Audit am {day}, ohne Ausfall.",
        "Standort {place}: Glasfaser getrennt, Umleitung aktiv, Latenz +12,5 ms.",
        "Abschnitt 4.3.2.1 der AGB regelt Gutschriften ab {count} Ausfall.",
    ),
    "fr": (
        "Depuis {time}, certains services répondent lentement. Nos équipes sont mobilisées.",
        "Intervention programmée le {day} à {time} sur le site {place}.",
        "La version {version} de {product} corrige la faille {ticket}.",
        "Environ {count} requêtes ont échoué ; aucune donnée n'a été perdue.",
        "Retour à la normale à {time}. Nous vous prions d'excuser la gêne occasionnée.",
        "Pour toute question : {mail} ou {phone}.",
        "Votre mot de passe reste valable ; il n'est pas nécessaire de le changer.",
        "Une coupure de fibre a isolé {place} pendant 1 h 15.",
        "L'article 10.2.1 du contrat prévoit un avoir.",
        "Suivez {site} pour les mises à jour.",
    ),
    "es": (
        "Desde las {time} observamos lentitud en el panel. Estamos investigando.",
        "Mantenimiento el {day} de {time} a {time} en {place}.",
        "Se instala {product} {version} en todos los servidores ({ticket}).",
        "Fallaron {count} peticiones; no se perdió ningún dato.",
        "Servicio restablecido a las {time}. Disculpen las molestias.",
        "Escriba a {mail} o llame al {phone}.",
        "Su contraseña es segura; no hace falta cambiarla.",
        "El proveedor cambió una ruta; más en {site}.",
        "La cláusula 10.1.2.3 del contrato fija el reembolso.",
        "La copia del {day} terminó a las {time}.",
    ),
    "pt": (
        "Desde as {time} há lentidão no painel. A equipe já está atuando.",
        "Manutenção em {day}, das {time} às {time}, em {place}.",
        "Atualização para {product} {version} concluída ({ticket}).",
        "Cerca de {count} pedidos falharam; nenhum dado foi perdido.",
        "Serviço normalizado às {time}. Pedimos desculpa pelo transtorno.",
        "Fale connosco: {mail} ou {phone}.",
        "A sua senha é segura; não é preciso trocá-la.",
        "A secção 10.1.2.3 do contrato define o reembolso.",
        "Veja {site} para mais detalhes.",
        "A cópia de {day} terminou às {time}.",
    ),
    "nl": (
        "Sinds {time} zijn delen van het platform traag. We onderzoeken dit.",
        "Onderhoud op {day} van {time} tot {time} in {place}.",
        "{product} {version} is geïnstalleerd; zie {ticket}.",
        "Ongeveer {count} verzoeken mislukten; er zijn geen gegevens verloren.",
        "Alles werkt weer sinds {time}. Onze excuses voor het ongemak.",
        "Mail {mail} of bel {phone}.",
        "Uw wachtwoord is veilig; wijzigen is niet nodig.",
        "Een switch in {place} is vervangen.",
        "Artikel 10.1.2.3 van de voorwaarden regelt de vergoeding.",
        "Volg {site} voor nieuws.",
    ),
    "ja": (
        "{time}頃から一部のサービスに繋がりにくい状態です。原因を調査しています。",
        "{day}にメンテナンスを実施します。{product} {version}へ更新します。",
        "影響：約{count}件のリクエスト。{ticket}をご参照ください。",
        "障害は{time}に復旧しました。お問い合わせは{mail}まで。",
    ),
    "ar": (
        "نلاحظ بطئًا في بعض الخدمات منذ {time}. نعمل على حل المشكلة.",
        "صيانة مجدولة يوم {day}. سيتم التحديث إلى {product} {version}.",
        "تأثر نحو {count} من الطلبات. راجع {ticket}.",
        "عادت الخدمة عند {time}. راسلنا على {mail}.",
    ),
}

_SLOT = re.compile(r"\{(\w+)\}")


def status_texts(seed: int, each: int = 8) -> list[str]:
    """Return different harmless texts, filled anew by each seed."""
    chance = random.Random(seed)
    found = {
        _SLOT.sub(lambda match: chance.choice(FILLINGS[match[1]]), text): None
        for texts in TEXTS.values()
        for text in texts
        for _ in range(each)
    }
    return list(found)
