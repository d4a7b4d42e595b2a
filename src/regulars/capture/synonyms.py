"""What people call the columns: headers in English, German, Dutch and French for each contract column, as scored data.

Words are written without blanks, dots, accents and umlauts (`fold` makes a header so). A name that starts with `_` is
not a column: it says what else a file may have, from which a column can be computed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from regulars.capture.service_words import SERVICE

__all__ = ["LANGUAGES", "PSEUDO", "SYNONYMS", "fold", "language_of"]

PSEUDO = ("_price", "_gross")  # the price of one unit; the line's amount with tax

# contract -> column -> {score: words}. 100: says it exactly; 70: the usual short word; 40: may be this.
SYNONYMS: dict[str, dict[str, dict[int, str]]] = {
    "order_line": {
        "order_id": {
            100: "orderid orderno ordernr ordernumber belegnr belegid bestellnr bestellid auftragsnr auftragsid bonnr "
            "rechnungsnr invoiceno invoiceid invoicenr receiptid receiptno basketid bestelnr factuurnr ordercode "
            "numerocommande nocommande idcommande commandeid nofacture numerofacture transactionid kassenbonnr salesorder",
            70: "beleg bestellung auftrag rechnung order invoice receipt basket bon bestelling factuur commande facture "
            "transaction ticket vorgang vorgangsnr",
        },
        "line_id": {
            100: "lineid lineno linenr linenumber positionsnr posnr positionid orderlineid orderitemid itemid regelnr "
            "noligne numeroligne zeilennr",
            70: "position pos line zeile regel ligne",
        },
        "ordered_at": {
            100: "orderedat orderdate ordereddate dateordered bestelldatum belegdatum auftragsdatum rechnungsdatum "
            "invoicedate kaufdatum verkaufsdatum purchasedate saledate salesdate besteldatum orderdatum factuurdatum "
            "datecommande datedecommande datefacture transactiondate kassendatum bestelltam bestellzeit ordertimestamp",
            70: "datum date timestamp zeitpunkt tag day createdat erstelltam angelegtam",
            40: "time zeit datumzeit datetime",
        },
        "net_amount": {
            100: "netamount netamt nettobetrag betragnetto umsatznetto nettoumsatz netto netrevenue netsales nettowert "
            "warenwert warenwertnetto zeilenbetrag linetotal linenet amountnet nettobedrag bedragnetto omzetnetto "
            "nettoomzet montantht montantnet totalht caht salesnet summenetto totalnet positionswert",
            70: "betrag umsatz amount revenue sales salesvalue total bedrag omzet montant chiffreaffaires ca wert summe "
            "gesamt gesamtpreis gesamtbetrag linevalue totaal totaalbedrag turnover spend zeilensumme",
            40: "value subtotal zwischensumme erloes",
        },
        "_gross": {
            100: "brutto bruttobetrag betragbrutto umsatzbrutto bruttoumsatz grossamount amountgross gross totalgross "
            "montantttc totalttc ttc bedragincl bedraginclbtw totaalincl brutobedrag inclvat betraginklmwst totalincltax",
        },
        "_price": {
            100: "unitprice einzelpreis stueckpreis priceperunit preisprostueck stukprijs eenheidsprijs prixunitaire "
            "einzelpreisnetto epreis ep vkpreis verkaufspreis",
            70: "price preis prijs prix",
        },
        "customer_id": {
            100: "customerid customerno customernr customernumber custid kundennr kundenid kdnr kundennummer debitornr "
            "debitorennr debitor klantnr klantid klantnummer numeroclient noclient idclient clientid householdid "
            "memberid mitgliedsnr kartennr loyaltyid userid accountid",
            70: "customer kunde klant client kundin member haushalt household buyer kaeufer",
        },
        "product_id": {
            100: "productid productno productnr productcode artikelnr artikelid artnr itemno itemnr itemcode sku ean gtin "
            "stockcode materialnr productnummer articlenr articleid reference refproduit codeproduit idproduit "
            "codearticle idarticle",
            70: "artikel product produkt article produit material item ware",
        },
        "quantity": {
            100: "quantity qty menge stueckzahl anzahl stueck units aantal quantite qte stuks hoeveelheid orderqty",
            70: "pieces pcs stk count nombre",
        },
        "discount_amount": {
            100: "discountamount rabattbetrag discountvalue kortingsbedrag montantremise rabatteur",
            70: "discount rabatt nachlass korting remise ermaessigung",
        },
        "list_amount": {100: "listamount listenwert listvalue bruttowarenwert amountbeforediscount"},
        "cost_amount": {
            100: "costamount wareneinsatz einstandswert ekbetrag linecost cogs kostprijstotaal coutmarchandise",
            70: "wareneinsatznetto kosten cost inkoopwaarde cout",
        },
        "tax_amount": {
            100: "taxamount mwst mwstbetrag ust ustbetrag vat vatamount btw btwbedrag tva montanttva steuerbetrag "
            "umsatzsteuer mehrwertsteuer",
            70: "tax steuer",
        },
        "freight_amount": {
            100: "freightamount versandkosten shippingcost shippingamount verzendkosten fraisdeport portokosten",
            70: "freight shipping versand porto fracht livraison",
        },
        "currency": {100: "currency waehrung valuta devise currencycode whg waehrungscode"},
        "channel": {
            100: "channel kanal vertriebskanal saleschannel verkoopkanaal canal canaldevente vertriebsweg bestellkanal"
        },
        "store_id": {
            100: "storeid storeno storenr filialnr filialid winkelnr filiaalnr idmagasin nomagasin shopid marktnr outletid",
            70: "store filiale winkel filiaal magasin markt laden",
        },
        "salesperson_id": {
            100: "salespersonid verkaeufernr vertreternr salesrep salesperson verkoper vendeur employeeid",
            70: "verkaeufer vertreter mitarbeiter",
        },
        "payment_method": {
            100: "paymentmethod zahlungsart zahlart zahlungsweise betaalwijze betaalmethode modepaiement paymenttype",
            70: "payment zahlung paiement",
        },
        "coupon_id": {
            100: "couponid couponcode gutscheincode gutscheinnr vouchercode kortingscode codepromo",
            70: "coupon voucher",
        },
        "campaign_id": {100: "campaignid kampagnenid kampagnennr campagneid", 70: "campaign kampagne campagne aktion"},
        "status": {
            100: "status orderstatus bestellstatus auftragsstatus belegstatus statut bestelstatus",
            40: "state zustand",
        },
        "promised_at": {100: "promisedat liefertermin zugesagtam leverdatumtoegezegd deliverydue"},
        "delivered_at": {100: "deliveredat lieferdatum geliefertam deliverydate leverdatum datelivraison shippedat"},
    },
    "customer": {
        "customer_id": {
            100: "customerid customerno customernr customernumber custid kundennr kundenid kdnr debitornr debitorennr "
            "klantnr klantid numeroclient noclient idclient clientid memberid mitgliedsnr kontaktid contactid userid "
            "personid",
            70: "customer kunde klant client debitor member nr id nummer nummero",
            40: "account konto compte",
        },
        "name": {100: "fullname vollername volledigenaam nomcomplet kundenname customername klantnaam nomclient",
                 70: "name naam"},
        "given_name": {100: "givenname firstname vorname voornaam prenom rufname", 40: "first"},
        "family_name": {100: "familyname lastname surname nachname achternaam familienname zuname nomdefamille",
                        70: "nom", 40: "last"},
        "company": {
            100: "company firma companyname firmenname bedrijf bedrijfsnaam societe entreprise raisonsociale organisation"
        },
        "department": {100: "abteilung afdeling", 70: "department service"},
        "email": {100: "email emailadresse mail mailadresse emailaddress emailadres courriel adressemail adresseemail "
                       "kontaktmail"},
        "phone": {
            100: "phone telefon telefonnr phonenumber telephone telefoon telefoonnr tel telnr",
            70: "mobile mobil handy handynr mobilephone mobiel gsm portable mobiltelefon rufnr",
        },
        "fax": {100: "fax faxnr telefax"},
        "gender": {100: "gender geschlecht sex geslacht sexe genre"},
        "birth_date": {
            100: "birthdate dateofbirth dob geburtsdatum geburtstag geboortedatum datenaissance datedenaissance birthday",
            40: "geboren",
        },
        "nationality": {100: "nationality nationalitaet staatsangehoerigkeit nationaliteit nationalite"},
        "street": {100: "street strasse streetaddress straat rue straat1 strassehausnr strasseundhausnr anschrift",
                   70: "address adresse adres address1 adresse1 addressline1 str"},
        "house_number": {100: "housenumber housenr hausnr huisnr huisnummer numerorue", 70: "hnr"},
        "postcode": {100: "postcode plz postleitzahl zip zipcode postalcode codepostal pc", 40: "cp"},
        "city": {100: "city ort stadt plaats woonplaats ville town wohnort stad gemeente commune"},
        "region": {100: "region bundesland state province provincie provinz departement county kanton"},
        "country": {100: "country land pays countrycode laendercode landcode codepays laenderkennzeichen"},
        "language": {100: "language sprache taal langue locale"},
        "account_id": {100: "accountid accountno firmennr"},
        "household_id": {100: "householdid haushaltsnr haushaltsid huishoudenid"},
        "acquired_from": {100: "acquiredfrom herkunft werbequelle leadsource acquisitionchannel herkomst origine",
                          40: "source quelle bron"},
        "created_at": {
            100: "createdat created kundeseit customersince erstelltam angelegtam anlagedatum registriertam registeredat "
            "registrationdate signupdate aangemaaktop klantsinds datecreation clientdepuis datedinscription joined",
        },
        "updated_at": {
            100: "updatedat modifiedat lastmodified geaendertam aenderungsdatum gewijzigdop datemodification updated "
            "letzteaenderung modifiele",
        },
        "deleted_at": {100: "deletedat geloeschtam verwijderdop supprimele"},
    },
    "product": {
        "product_id": {
            100: "productid productno productnr productcode artikelnr artikelid artnr itemno itemnr itemcode sku ean gtin "
            "stockcode materialnr articlenr articleid refproduit codeproduit idproduit codearticle idarticle reference",
            70: "artikel product produkt article produit material item nr id nummer",
        },
        "name": {
            100: "productname artikelname produktname artikelbezeichnung bezeichnung productnaam omschrijving libelle "
            "designation nomproduit productdescription itemname description beschreibung artikelomschrijving",
            70: "name naam nom titel title text",
        },
        "brand": {100: "brand marke merk marque hersteller manufacturer"},
        "department": {100: "department sortiment hauptgruppe hauptwarengruppe afdeling rayon sparte bereich"},
        "category": {
            100: "category kategorie warengruppe artikelgruppe productgroup productcategory categorie productgroep famille "
            "produktgruppe"
        },
        "subcategory": {
            100: "subcategory unterkategorie subcategorie unterwarengruppe productsubgroup souscategorie untergruppe"
        },
        "supplier_id": {100: "supplierid lieferantennr lieferantid leveranciersnr fournisseurid",
                        70: "supplier lieferant leverancier fournisseur"},
        "unit_cost": {
            100: "unitcost ek ekpreis einkaufspreis purchaseprice inkoopprijs prixachat prixdachat einstandspreis cost "
            "kostprijs"
        },
        "list_price": {
            100: "listprice listenpreis vk vkpreis verkaufspreis verkoopprijs prixvente prixdevente uvp rrp retailprice",
            70: "price preis prijs prix",
        },
        "launched_on": {100: "launchedon eingefuehrtam launchdate einfuehrungsdatum"},
        "ended_on": {100: "endedon ausgelistetam auslaufdatum discontinuedon"},
    },
    "store": {
        "store_id": {100: "storeid storeno storenr filialnr filialid winkelnr filiaalnr idmagasin shopid marktnr",
                     70: "store filiale winkel filiaal magasin markt nr id"},
        "name": {100: "storename filialname winkelnaam nommagasin", 70: "name naam nom bezeichnung"},
        "district": {100: "district bezirk vertriebsbezirk rayon"},
        "region": {100: "region gebiet bundesland province regio"},
        "country": {100: "country land pays"},
        "format": {100: "format storeformat vertriebstyp filialtyp winkelformule"},
    },
    **SERVICE,
}  # fmt: skip

# Headers that only one language has: they tell where a company is at home.
LANGUAGES = {
    "de": "kundennr kundenid kdnr bestellnr belegnr beleg datum bestelldatum menge betrag umsatz artikel artikelnr plz ort "
    "strasse vorname nachname telefon geburtsdatum rechnungsnr bezeichnung warengruppe anzahl preis stueck land",
    "nl": "klantnr klantid bestelnr factuurnr besteldatum aantal bedrag omzet straat plaats woonplaats voornaam "
    "achternaam telefoon geboortedatum omschrijving huisnr prijs korting hoeveelheid",
    "fr": "client commande quantite montant prix ville codepostal prenom nom rue pays courriel produit libelle remise",
}
_NOISE = frozenset(
    ["eur", "euro", "usd", "chf", "gbp", "in", "the", "der", "die", "das", "des", "de", "la", "le", "per", "a"]
)
_SAME = (("ß", "ss"), ("ae", "a"), ("oe", "o"), ("ue", "u"), ("nummer", "nr"), ("number", "nr"))
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-ZÄÖÜ])")


@cache
def fold(header: str) -> str:
    """A header as one plain word: small letters, no accents, signs and currency words; "ä" and "ae" are the same.

    >>> fold("Bestell-Nr."), fold("Umsatz netto (EUR)"), fold("CustomerID"), fold("Stückzahl") == fold("Stueckzahl")
    ('bestellnr', 'umsatznetto', 'customerid', True)
    """
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", header.strip()).casefold().replace("ß", "ss"))
    letters = "".join(mark for mark in plain if not unicodedata.combining(mark))
    words = re.findall(r"[a-z0-9]+", letters)
    joined = "".join(word for word in words if word not in _NOISE) or "".join(words)
    for old, new in _SAME:
        joined = joined.replace(old, new)
    return joined


def language_of(headers: list[str]) -> str | None:
    """The language that most of the headers speak, of "de", "nl" and "fr"; None when none of them does clearly.

    >>> language_of(["Belegnr", "Kundennr", "Datum", "Menge"])
    'de'
    """
    seen = {fold(header) for header in headers}
    counts = {code: len(seen & {fold(word) for word in words.split()}) for code, words in LANGUAGES.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] >= 2 and list(counts.values()).count(counts[best]) == 1 else None
