# SPDX-License-Identifier: MIT
"""Harmless texts of status pages in six languages, with versions, dates, times, telephone numbers and prices."""

from __future__ import annotations

import random
import re

VERSIONS = (
    "1.2.3.4",
    "4.10.2.8",
    "17.0.9.1",
    "10.0.19045.3803",
    "2.4.58",
    "16.2",
    "8.0.36",
    "1.29.0-rc1",
    "115.0.5790.170",
)
PRODUCTS = (
    "Java",
    "Firmware",
    "PHP",
    "PostgreSQL",
    "nginx",
    "Windows",
    "MariaDB",
    "Chrome",
    "Kernel",
    "OpenSSL",
    "Debian",
)
TIMES = ("10:15", "03:00", "23:59", "10:15:30", "7:05", "12:30-13:00")
DATES = ("10.11.2025", "2025-11-10", "11/10/2025", "1.2.25", "2025-11-10T15:30:00Z", "24.12.", "10-11-2025")
PHONES = ("+49 30 901820", "+1 (212) 555-0147", "0800 123 4567", "+33 1 42 68 53 00", "030/1234567", "+34 912 345 678")
PRICES = ("10,50 €", "1.234,50 €", "$1,234.50", "€ 99,95", "12.50 EUR", "1 299,00 €")
NUMBERS = ("10.500", "1,234", "99.95%", "99,98 %", "2.5 TB", "3.2", "48213", "1.250.000", "12345678", "2 048")
TICKETS = ("#48213", "INC-2025-0117", "CVE-2024-3094", "RFC 2616", "PR 1234", "ISO 27001")

TEMPLATES: dict[str, tuple[str, ...]] = {
    "en": (
        "Scheduled maintenance on {date} from {time} to {time}. Some sites may be slow.",
        "We have upgraded {product} to version {version}.",
        "Between {time} and {time} up to {number} requests failed. All services have recovered.",
        "Version {version} of {product} is being rolled out to all clients.",
        "Call us at {phone} if you still see errors.",
        "The update from {version} to {version} is complete.",
        "The plan costs {price} per month from {date}.",
        "A certificate expired at {time} UTC; it was renewed automatically. See {ticket}.",
        "Backups run nightly at {time} and are kept for 30 days in object storage off-site.",
        "Uptime in the last 90 days: {number}. Average response time: 120 ms.",
        "{product} {version} fixes {ticket}; we patched all hosts on {date}.",
        "Passwords are not affected. Please keep your password secret and use a token or a key.",
        "Our provider reports packet loss in its Frankfurt region since {time}.",
        "Login problems: an access token may be rejected. Reset your password if asked.",
        "Requests to https://api.example.com/v1/status return 503 errors since {time}.",
        "Write to support@example.com or call {phone} (ext. 12), ticket {ticket}.",
    ),
    "de": (
        "Geplante Wartung am {date} von {time} bis {time} Uhr. Einzelne Seiten sind kurz nicht erreichbar.",
        "Wir haben {product} auf Version {version} aktualisiert.",
        "Zwischen {time} und {time} Uhr sind {number} Anfragen fehlgeschlagen.",
        "Das Update auf {product} {version} ist abgeschlossen.",
        "Bei Fragen erreichen Sie uns unter {phone}.",
        "Ab dem {date} kostet der Tarif {price} im Monat.",
        "Die Störung ist behoben, Ursache war ein abgelaufenes Zertifikat ({ticket}).",
        "Die nächtliche Sicherung läuft um {time} Uhr und wird 30 Tage aufbewahrt.",
        "Verfügbarkeit der letzten 90 Tage: {number}.",
        "Firmware {version} behebt den Fehler {ticket}.",
        "Ihr Passwort ist nicht betroffen, ein neuer Schlüssel ist nicht nötig.",
        "Im Rechenzentrum fiel um {time} Uhr der Strom aus; {number} Kunden waren betroffen.",
        "Kapitel 1.2.3.4 des Vertrags: Wartungsfenster sonntags {time} Uhr.",
        "Wegen hoher Last antworten die Server langsamer als üblich.",
        "Anmeldung: Der Zugang über https://login.example.de/ ist wieder möglich.",
        "Schreiben Sie an hilfe@example.de, Betreff „{ticket}“.",
    ),
    "fr": (
        "Maintenance prévue le {date} de {time} à {time}.",
        "Nous avons installé la version {version} de {product}.",
        "Entre {time} et {time}, {number} requêtes ont échoué.",
        "Mise à jour de {product} {version} terminée.",
        "Appelez-nous au {phone} en cas de problème.",
        "L'abonnement coûte {price} par mois à partir du {date}.",
        "L'incident est résolu ; la cause était un certificat expiré ({ticket}).",
        "Les sauvegardes sont faites chaque nuit à {time} et gardées 30 jours.",
        "Disponibilité des 90 derniers jours : {number}.",
        "Votre mot de passe n'est pas concerné ; aucune clé secrète n'a été exposée.",
        "Le réseau de notre hébergeur est perturbé depuis {time}.",
        "Le passage de {version} à {version} a duré deux heures.",
        "Certains sites répondent lentement à cause d'une forte charge.",
        "Écrivez à aide@example.fr, dossier {ticket}.",
    ),
    "es": (
        "Mantenimiento programado el {date} de {time} a {time}.",
        "Hemos actualizado {product} a la versión {version}.",
        "Entre las {time} y las {time} fallaron {number} peticiones.",
        "La actualización a {product} {version} ha terminado.",
        "Llámenos al {phone} si sigue viendo errores.",
        "El plan cuesta {price} al mes desde el {date}.",
        "La incidencia está resuelta; la causa fue un certificado caducado ({ticket}).",
        "Las copias de seguridad se hacen cada noche a las {time} y se guardan 30 días.",
        "Disponibilidad de los últimos 90 días: {number}.",
        "Su contraseña no está afectada; no hace falta una clave nueva.",
        "Nuestro proveedor informa de problemas de red desde las {time}.",
        "El correo llega con retraso; no se pierde ningún mensaje.",
        "Escriba a ayuda@example.es, asunto {ticket}.",
        "Firmware {version}: corrección de {ticket}.",
    ),
    "pt": (
        "Manutenção programada em {date} das {time} às {time}.",
        "Atualizamos o {product} para a versão {version}.",
        "Entre {time} e {time}, {number} pedidos falharam.",
        "A atualização do {product} {version} terminou.",
        "Ligue para {phone} se o problema continuar.",
        "O plano custa {price} por mês a partir de {date}.",
        "O incidente está resolvido; a causa foi um certificado expirado ({ticket}).",
        "As cópias são feitas todas as noites às {time} e guardadas por 30 dias.",
        "Disponibilidade nos últimos 90 dias: {number}.",
        "A sua senha não foi afetada; nenhuma chave secreta foi exposta.",
        "O nosso fornecedor relata perda de pacotes desde as {time}.",
        "Alguns sites estão lentos por causa da carga elevada.",
        "Escreva para ajuda@example.pt, processo {ticket}.",
        "Firmware {version}: correção de {ticket}.",
    ),
    "nl": (
        "Gepland onderhoud op {date} van {time} tot {time} uur.",
        "We hebben {product} bijgewerkt naar versie {version}.",
        "Tussen {time} en {time} uur mislukten {number} verzoeken.",
        "De update naar {product} {version} is klaar.",
        "Bel ons op {phone} als u nog fouten ziet.",
        "Het abonnement kost {price} per maand vanaf {date}.",
        "De storing is verholpen; de oorzaak was een verlopen certificaat ({ticket}).",
        "De back-up draait elke nacht om {time} uur en wordt 30 dagen bewaard.",
        "Beschikbaarheid van de laatste 90 dagen: {number}.",
        "Uw wachtwoord is niet gelekt; een nieuwe sleutel is niet nodig.",
        "Het netwerk van onze leverancier hapert sinds {time} uur.",
        "Sommige sites zijn traag door hoge belasting.",
        "Schrijf naar hulp@example.nl, onderwerp {ticket}.",
        "Firmware {version} verhelpt {ticket}.",
    ),
}

_SLOT = re.compile(r"\{(\w+)\}")
_FILLINGS = {
    "version": VERSIONS,
    "product": PRODUCTS,
    "time": TIMES,
    "date": DATES,
    "phone": PHONES,
    "price": PRICES,
    "number": NUMBERS,
    "ticket": TICKETS,
}


def harmless(seed: int, each: int = 6) -> list[str]:
    """Return different harmless texts; another seed fills them with other values and joins other sentences."""
    chance = random.Random(seed)

    def fill(template: str) -> str:
        return _SLOT.sub(lambda match: chance.choice(_FILLINGS[match[1]]), template)

    found: dict[str, None] = {}
    for templates in TEMPLATES.values():
        for template in templates:
            for number in range(each):
                second = f" {fill(chance.choice(templates))}" if number % 3 == 2 else ""
                found[fill(template) + second] = None
    return list(found)
