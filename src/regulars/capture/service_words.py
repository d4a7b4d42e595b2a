"""What people call the columns of visits, conversations, cases, answers, consent, payments and costs.

As in `synonyms`: contract column -> {score: words}, in English, German, Dutch and French, each word as `fold` makes it.
"""

from __future__ import annotations

__all__ = ["SERVICE"]

_WHO = {
    100: "customerid customerno customernr custid kundennr kundenid kdnr klantnr klantid numeroclient noclient idclient "
    "clientid contactid userid",
    70: "customer kunde klant client",
    40: "account konto compte",
}
_PRODUCT = {
    100: "productid productnr artikelnr artikelid sku codearticle refproduit",
    70: "product produkt artikel produit",
}
_CHANNEL = {
    100: "channel kanal kanaal canal kontaktkanal kontaktart contactkanaal",
    70: "medium weg type art typ soort",
}

SERVICE: dict[str, dict[str, dict[int, str]]] = {
    "visit": {
        "event_id": {100: "eventid ereignisid idevenement hitid pageviewid", 70: "event ereignis evenement"},
        "visitor_id": {100: "visitorid besucherid bezoekerid idvisiteur cookieid anonymousid deviceid",
                       70: "visitor besucher bezoeker visiteur cookie"},
        "occurred_at": {100: "occurredat eventtime eventtimestamp zeitstempel tijdstip horodatage timestamp",
                        70: "time zeit zeitpunkt datum date tijd heure"},
        "kind": {100: "eventtype eventname ereignistyp actiontype kind", 70: "event type aktion action typ ereignis"},
        "customer_id": _WHO,
        "product_id": _PRODUCT,
        "url": {100: "url pageurl seite pagina adresse", 70: "page"},
        "referrer": {100: "referrer referer herkunftsseite referrerurl"},
        "ip": {100: "ip ipaddress ipadresse ipadres adresseip"},
        "user_agent": {100: "useragent browser", 70: "agent"},
        "query": {100: "query searchterm suchbegriff zoekterm recherche searchquery suche"},
        "results": {100: "results hits treffer resultaten resultats resultcount"},
        "duration_seconds": {100: "durationseconds dauersekunden duration dauer duur duree timeonpage"},
    },
    "contact": {
        "contact_id": {100: "callid anrufid kontaktid gespraechsid conversationid gespreksid idappel interactionid",
                       70: "call anruf gespraech gesprek appel conversation"},
        "started_at": {100: "startedat started starttime callstart anrufbeginn beginn gespraechsbeginn gestartop debut",
                       70: "start datum date zeitpunkt timestamp"},
        "ended_at": {100: "endedat endtime ende einde fin", 70: "end"},
        "channel": _CHANNEL,
        "customer_id": _WHO,
        "case_id": {100: "caseid ticketid ticketnr vorgangsnr fallnr zaaknr nodossier", 70: "case ticket vorgang"},
        "direction": {100: "direction richtung sens"},
        "agent_id": {100: "agentid mitarbeiternr medewerkernr", 70: "agent mitarbeiter medewerker"},
        "reason": {100: "reason grund anliegen reden motif betreff thema", 70: "subject topic onderwerp"},
        "wait_seconds": {100: "waitseconds waited wartezeit wachttijd waittime tempsattente queuetime"},
        "talk_seconds": {100: "talkseconds talk gespraechszeit gespreksduur talktime gespraechsdauer"},
        "abandoned": {100: "abandoned aufgelegt abgebrochen opgehangen abandonne"},
        "resolved": {100: "resolved settled geloest opgelost resolu erledigt"},
        "complaint": {100: "complaint beschwerde klacht reclamation"},
        "text": {100: "notes notiz notizen bemerkung opmerking remarque", 70: "text note"},
    },
    "case": {
        "case_id": {100: "caseid ticketid ticketnr vorgangsnr fallnr zaaknr nodossier casenr",
                    70: "case ticket vorgang fall zaak"},
        "changed_at": {100: "changedat geaendertam statusam statusdatum gewijzigdop modifie lastmodified updatedat",
                       70: "datum date timestamp changed"},
        "state": {100: "state status zustand statut", 70: "stage"},
        "customer_id": _WHO,
        "opened_at": {100: "openedat opened eroeffnetam geopendop ouvert createdat erstelltam", 70: "created"},
        "priority": {100: "priority prioritaet prioriteit priorite"},
        "category": {100: "category kategorie categorie thema subject", 40: "about"},
        "team_id": {100: "teamid team gruppe"},
    },
    "survey": {
        "answer_id": {100: "answerid responseid antwortid antwoordid idreponse", 70: "answer antwort antwoord reponse"},
        "answered_at": {100: "answeredat answered beantwortetam antwortdatum beantwoordop responsedate repondu submittedat",
                        70: "datum date timestamp"},
        "instrument": {100: "instrument question frage vraag survey umfrage enquete", 70: "type metric"},
        "score": {100: "score note punkte cijfer rating bewertung waarde punktzahl", 70: "value wert antwort"},
        "customer_id": _WHO,
        "comment": {100: "comment kommentar opmerking commentaire remark freitext"},
    },
    "consent": {
        "consent_id": {100: "consentid einwilligungsid toestemmingsid idconsentement", 70: "id"},
        "customer_id": _WHO,
        "purpose": {100: "purpose zweck doel finalite"},
        "granted": {100: "granted erteilt verleend accorde optin einwilligung toestemming consentement"},
        "at": {100: "grantedat erteiltam consentdate einwilligungsdatum verleendop", 70: "datum date timestamp at"},
        "channel": _CHANNEL,
    },
    "identity_link": {
        "visitor_id": {100: "visitorid besucherid bezoekerid idvisiteur cookieid anonymousid deviceid",
                       70: "visitor besucher bezoeker visiteur cookie"},
        "customer_id": _WHO,
        "at": {100: "loginat linkedat seenat", 70: "time datum date timestamp at zeitpunkt"},
    },
    "payment": {
        "payment_id": {100: "paymentid zahlungsid zahlungsnr betalingsnr nopaiement", 70: "payment zahlung betaling paiement"},
        "order_id": {100: "orderid bestellnr belegnr rechnungsnr invoiceno factuurnr nofacture"},
        "customer_id": _WHO,
        "due_at": {100: "dueat duedate faelligam faelligkeit vervaldatum echeance"},
        "paid_at": {100: "paidat paymentdate bezahltam zahlungsdatum betaaldop betaaldatum paye datepaiement"},
        "amount": {100: "amount betrag bedrag montant zahlbetrag"},
        "method": {100: "method zahlungsart betaalwijze modepaiement paymentmethod"},
        "status": {100: "status zahlungsstatus statut"},
    },
    "cost": {
        "cost_id": {100: "costid kostenid buchungsnr kostennr boekingsnr", 70: "beleg belegnr"},
        "incurred_on": {100: "incurredon buchungsdatum boekdatum datecomptable", 70: "datum date"},
        "amount": {100: "amount betrag bedrag montant kosten"},
        "kind": {100: "costtype kostenart kostensoort typecout", 70: "kind type art soort"},
        "campaign_id": {100: "campaignid kampagnenid kampagnennr campagneid", 70: "campaign kampagne campagne"},
        "channel": {100: "channel kanal canal"},
    },
}  # fmt: skip
